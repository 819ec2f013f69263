"""What came of a race of servers: its rows, kept as they come, and medians of them as a table."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import click
from rich.table import Table

from cli.contenders import OURS
from cli.load import Shot, percentile


@dataclass(frozen=True)
class Under:
    """One server under one rate in one round; no rate is saturation."""

    server: str
    round: int
    rate: float | None


@dataclass(frozen=True)
class Row(Under):
    """What came of it; times in ms, processor time in cores, memory in MiB; bare: what the engine alone achieves."""

    requests: int
    errors: int
    achieved: float
    p50: float | None
    p95: float | None
    p99: float | None
    cores: float
    resident: float
    load_average: float
    bare: float | None = None


def row(under: Under, shots: Sequence[Shot], processor: float, resident: int) -> Row:
    """What was measured; the clock runs from when the first request was due to the last answer."""
    good = sum(shot.good for shot in shots)
    took = max(shot.ended for shot in shots) - min(shot.ended - shot.seconds for shot in shots)
    return Row(
        server=under.server,
        round=under.round,
        rate=under.rate,
        requests=len(shots),
        errors=len(shots) - good,
        achieved=round(good / took, 2),
        p50=percentile(shots, 50),
        p95=percentile(shots, 95),
        p99=percentile(shots, 99),
        cores=round(processor / took, 2),
        resident=round(resident / 2**20),
        load_average=round(os.getloadavg()[0], 1),
    )


def kept(rows: Iterable[Row], file: Path) -> Iterator[Row]:
    """The rows, all so far in a file whenever there is a new one."""
    found: list[Row] = []
    for row in rows:
        found.append(row)
        file.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n")
        yield row


def tell(rows: Iterable[Row]) -> None:
    """Print a JSON list, each row as soon as it is known: what takes hours may end early."""
    before = "["
    for row in rows:
        click.echo(f"{before}\n{json.dumps(asdict(row), indent=2)}", nl=False)
        before = ","
    click.echo("\n]")


def shown(rows: Sequence[Row]) -> Table:
    """Medians over the rounds; the last two columns are medians of ratios within a round."""
    figures = "achieved", "errors", "p50", "p95", "p99", "cores", "resident"
    made = Table(*("server", "requests/s", *figures, "p95 / ours", "achieved / bare loop"))
    for name, rate in dict.fromkeys((row.server, row.rate) for row in rows):
        own = [row for row in rows if (row.server, row.rate) == (name, rate)]
        asked = "full" if rate is None else f"{rate:g}"
        made.add_row(name, asked, *(middling(own, field) for field in figures), ratio(own, rows), reached(own))
    return made


def middling(rows: Sequence[Row], field: str) -> str:
    """The median of a field where it is known."""
    known = [getattr(row, field) for row in rows if getattr(row, field) is not None]
    return f"{median(known):.4g}" if known else "-"


def ratio(own: Sequence[Row], rows: Sequence[Row]) -> str:
    """How many times our p95 a server's is."""
    ours = {(row.round, row.rate): row.p95 for row in rows if row.server == OURS and row.p95}
    pairs = [row.p95 / ours[row.round, row.rate] for row in own if row.p95 and (row.round, row.rate) in ours]
    return f"{median(pairs):.2f}" if pairs else "-"


def reached(own: Sequence[Row]) -> str:
    """Which part of the bare engine's throughput a server has."""
    pairs = [row.achieved / row.bare for row in own if row.bare]
    return f"{median(pairs):.3f}" if pairs else "-"
