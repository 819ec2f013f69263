"""`nowcast bench grids`: what a nowcast costs as the grid grows, of each method and of pysteps'."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from statistics import median

import click
from rich.console import Console
from rich.table import Column, Table

from cli.footprint import Footprint, Task
from model.verification.peers import PEERS
from radar.errors import BadInput, NowcastError

METHODS = ("ms-convlstm", "ensemble", "extrapolation")
LARGEST = 4096
SHAPES = ("512x512", "1024x1024", "2048x2048")


@dataclass(frozen=True)
class Measured:
    """The footprints of one task, a run each."""

    task: Task
    runs: tuple[Footprint, ...]

    @property
    def middle(self) -> Footprint:
        """The median of each figure."""
        return Footprint(*(median(values) for values in zip(*(asdict(run).values() for run in self.runs), strict=True)))


@click.command("grids")
@click.option("--method", "methods", multiple=True, default=METHODS, show_default=True, help=f"also {', '.join(PEERS)}")
@click.option("--shape", "shapes", multiple=True, default=SHAPES, show_default=True, help="pixels, height x width")
@click.option("--past", default=8, show_default=True, type=click.IntRange(4, 24), help="frames in")
@click.option("--leads", default=12, show_default=True, type=click.IntRange(1, 48), help="frames out")
@click.option("--rounds", default=1, show_default=True, type=click.IntRange(1), help="runs of each, taken in turn")
@click.option("--json", "as_json", is_flag=True, help="every run as JSON")
def command(
    *, methods: Sequence[str], shapes: Sequence[str], past: int, leads: int, rounds: int, as_json: bool
) -> None:
    """Processor time and peak memory of one nowcast of a synthetic storm, each in a process of its own."""
    tasks = [Task(method, *sides(shape), past, leads) for shape, method in product(shapes, methods)]
    found = list(measured(tasks, rounds))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        Console().print(table(found))


def sides(shape: str) -> tuple[int, int]:
    """Height and width of HEIGHTxWIDTH; BadInput for anything else."""
    height, _, width = shape.partition("x")
    found = tuple(int(side) for side in (height, width) if side.isdecimal() and 1 <= int(side) <= LARGEST)
    if len(found) != 2:
        raise BadInput(f"A shape is HEIGHTxWIDTH in pixels, up to {LARGEST}x{LARGEST}, not {shape!r}.")
    return found


def measured(tasks: Sequence[Task], rounds: int) -> Iterator[Measured]:
    """Every task as often as there are rounds, all of them once in each round."""
    runs = [[alone(task) for task in tasks] for _ in range(rounds)]
    yield from (Measured(task, each) for task, each in zip(tasks, zip(*runs, strict=True), strict=True))


def alone(task: Task) -> Footprint:
    """The footprint of a task in a fresh process; NowcastError with its last words when it fails."""
    made = subprocess.run(
        [sys.executable, "-m", "cli.footprint", json.dumps(asdict(task))], capture_output=True, text=True, check=False
    )
    if made.returncode:
        last = made.stderr.strip().splitlines()[-1:] or ["it was killed"]
        raise NowcastError(f"{task.method} on {task.height} x {task.width} failed: {last[0]}")
    return Footprint(**json.loads(made.stdout.splitlines()[-1]))


def table(found: Sequence[Measured]) -> Table:
    """A line a task."""
    columns = "grid", "leads", "seconds", "CPU seconds", "ns a pixel and lead", "peak MiB"
    shown = Table(Column("method", overflow="fold"), *columns)
    for one in found:
        task, middle = one.task, one.middle
        each = 1e9 * middle.cpu_seconds / (task.height * task.width * task.leads)
        figures = f"{middle.seconds:.2f}", f"{middle.cpu_seconds:.2f}", f"{each:.0f}", f"{middle.mib:.0f}"
        shown.add_row(task.method, f"{task.height} x {task.width}", str(task.leads), *figures)
    return shown
