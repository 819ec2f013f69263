"""`nowcast evaluate`: methods on events, all on the same windows, with counts, intervals and protocol ids."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from jobs.settings import settings
from model.data.radar import clock, event_files, opened
from model.evaluate import Protocol, one_by_one, scores
from model.verification import report, strip
from model.verification.parts import clear, keep, kept
from model.verification.peers import PEERS, peer, peer_version
from model.verification.results import Results, beside, read
from model.verification.run import Plan, verify
from model.verification.run import common as only_common
from radar.baselines import BASELINES
from radar.card import Card, Score
from radar.chances import rising
from radar.errors import BadInput
from workers.methods import load, named

PROTOCOL = Protocol(())
Folder = click.Path(path_type=Path, file_okay=False)
COLUMNS = (
    "{task.description}",
    BarColumn(),
    MofNCompleteColumn(),
    TextColumn("{task.fields[windows]} windows"),
    TimeRemainingColumn(),
)


@click.command("evaluate")
@click.argument("data", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--method", "methods", multiple=True, help="which; all there are by default")
@click.option("--baseline", "baselines", multiple=True, help=f"what they are compared with; also {', '.join(PEERS)}")
@click.option("--events", default="", help="names of event files, with commas; all by default")
@click.option(
    "--every", default=PROTOCOL.every, show_default=True, type=click.IntRange(1), help="frames between windows"
)
@click.option("--past", default=PROTOCOL.past, show_default=True, type=click.IntRange(1, 24), help="frames in")
@click.option("--leads", default=PROTOCOL.leads, show_default=True, type=click.IntRange(1, 48), help="frames out")
@click.option("--thresholds", default="0.5,1,2,5", show_default=True, help="mm/h, with commas")
@click.option("--common", is_flag=True, help="score also on the pixels alone where every method says something")
@click.option(
    "--every-step", is_flag=True, help="score networks also over all in + out - 1 steps, as the reference does"
)
@click.option("-o", "--out", type=Folder, help="folder for report.json, report.md and charts")
@click.option(
    "--compare", nargs=2, type=click.Path(path_type=Path, exists=True), help="two report.json, for one report"
)
@click.option("--json", "as_json", is_flag=True, help="the scores as JSON")
def command(
    *,
    data: Path | None,
    methods: tuple[str, ...],
    baselines: tuple[str, ...],
    events: str,
    every: int,
    past: int,
    leads: int,
    thresholds: str,
    common: bool,
    every_step: bool,
    out: Path | None,
    compare: tuple[Path, Path] | None,
    as_json: bool,
) -> None:
    """Score methods on the event files in DATA, all of one cadence and on the same windows, or compare two reports."""
    if compare is not None:
        side_by_side(compare, out)
        return
    if data is None:
        raise BadInput("Which events? Name a folder of them, or two reports with --compare.")
    paths = events_in(data, events)
    names, step = tuple(path.stem for path in paths), cadence_of(paths[0])
    protocol = Protocol(names, past, leads, step, levels(thresholds), every)
    plan = plan_of(methods, baselines, protocol, common=common, every_step=every_step)
    found = evaluated(paths, plan, out)
    if out is not None:
        write(found, paths, plan, out, baselines)
        clear(out)
    show(rows(found), as_json)


def events_in(data: Path, names: str) -> list[Path]:
    """The event files of these names, with commas between them, or all; BadInput names one that is not there."""
    wanted = [name for name in names.split(",") if name]
    files = event_files(data)
    if missing := set(wanted) - {path.stem for path in files}:
        raise BadInput(f"These events are not in {data}: {', '.join(sorted(missing))}.")
    return [path for path in files if not wanted or path.stem in wanted]


def cadence_of(path: Path) -> float:
    """Minutes from one frame of an event to the next."""
    with opened(path) as dataset:
        return clock(dataset)[1] / timedelta(minutes=1)


def levels(text: str) -> tuple[float, ...]:
    """Thresholds out of a text with commas; BadInput for what is no rain rate."""
    try:
        return rising([float(part) for part in text.split(",")])
    except ValueError:
        raise BadInput(f"Thresholds are rain rates in mm/h with commas between them, not {text!r}.") from None


def plan_of(
    methods: Sequence[str], baselines: Sequence[str], protocol: Protocol, *, common: bool, every_step: bool
) -> Plan:
    """What is to be run."""
    known = load(settings())
    names = list(dict.fromkeys([*(methods or known), *baselines]))
    served = {name: named(known, name) for name in names if name not in PEERS}
    forecasts = {name: one_by_one(served[name]) if name in served else peer(name) for name in names}
    versions = {name: served[name].card.version if name in served else peer_version() for name in names}
    networks = frozenset(name for name, method in served.items() if method.card.network) if every_step else frozenset()
    protocols = [protocol, only_common(protocol, names)] if common else [protocol]
    trained = trained_on({name: method.card for name, method in served.items()}, protocol)
    return Plan(forecasts, versions, protocols, networks, trained)


def trained_on(cards: Mapping[str, Card], protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """The events of a protocol that methods were trained on: scores there say nothing of their skill."""
    taught = {name: set((card.training or {}).get("events", ())) for name, card in cards.items()}
    seen = {name: tuple(event for event in protocol.events if event in events) for name, events in taught.items()}
    return {name: events for name, events in seen.items() if events}


def evaluated(paths: Sequence[Path], plan: Plan, out: Path | None) -> list[Results]:
    """The results for each protocol; events that are already in the folder are not run again."""
    found = plan.nothing()
    with Progress(*COLUMNS, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("evaluating", total=len(paths), windows=0)
        for path in paths:
            event = kept(out, path.stem, plan) if out is not None else None
            if event is None:
                event = verify(path, plan, partial(count_window, progress, bar))
                if out is not None:
                    keep(out, path.stem, event)
            found = [one + two for one, two in zip(found, event, strict=True)]
            progress.advance(bar)
    if not found[0].sheets:
        raise BadInput(found[0].failed[0] if found[0].failed else "No window of these events is wet enough and whole.")
    return found


def count_window(progress: Progress, bar: TaskID) -> None:
    """Show that one more window is done."""
    progress.update(bar, windows=progress.tasks[bar].fields["windows"] + 1)


def write(found: Sequence[Results], paths: Sequence[Path], plan: Plan, out: Path, baselines: Sequence[str]) -> None:
    """The report; that of the pixels in common lies in a folder of its own, as its scores are others."""
    against = list(baselines) or [name for name in plan.methods if name in BASELINES]
    methods = [name for name in plan.methods if name not in against] or against
    for one, folder in zip(found, (out, out / "common"), strict=False):
        report.write(one, folder, methods, against)
    if found[0].wettest is not None:
        protocol = plan.protocols[0]
        strip.draw(strip.found(found[0].wettest, paths, protocol), plan.methods, protocol, out / "strip.png")
    click.echo(f"{out / report.MARKDOWN}", err=True)


def side_by_side(compare: tuple[Path, Path], out: Path | None) -> None:
    """One report out of two that were scored alike."""
    if out is None:
        raise BadInput("Where to? --compare needs --out.")
    one, two = (read(path) for path in compare)
    both = beside(one, two)
    added = [name for name in both.versions if name not in one.versions]
    report.write(both, out, added or list(one.versions), list(one.versions))
    click.echo(f"{out / report.MARKDOWN}", err=True)


def rows(found: Sequence[Results]) -> list[Score]:
    """The scores that are shown, for each protocol."""
    return [
        score
        for one in found
        for data in one.data
        for method in one.versions
        for score in scores(method, data, one.total(data, method).counts, one.total(data, method).windows, one.protocol)
    ]


def show(scores: Sequence[Score], as_json: bool) -> None:
    """The scores, as JSON or as tables."""
    if as_json:
        click.echo(json.dumps([score.model_dump() for score in scores], indent=2))
        return
    for about in dict.fromkeys(map(heading, scores)):
        Console().print(table(about, [score for score in scores if heading(score) == about]))


def heading(score: Score) -> str:
    """What stands above the scores of a table."""
    rests_on = f"{score.windows} windows, {score.count} pixels, protocol {score.protocol}"
    return f"{score.score} over {score.lead} min, {score.data}: {rests_on}"


def table(about: str, scores: Sequence[Score]) -> Table:
    """One score, a method a line."""
    thresholds = sorted({score.threshold for score in scores})
    shown = Table(Column("mm/h", no_wrap=True), *(f"{level:g}" for level in thresholds), title=about)
    values = {(score.method, score.threshold): f"{score.value:.3f}" for score in scores}
    for method in dict.fromkeys(score.method for score in scores):
        shown.add_row(method, *(values.get((method, level), "-") for level in thresholds))
    return shown
