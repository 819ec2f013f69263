"""`nowcast evaluate`: methods on events, all on the same windows, with counts, intervals and protocol ids."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from cli import evaluate_pictures
from cli.evaluate_plan import plan_of, shown
from model.data.table import DATASETS
from model.evaluate import scores
from model.verification import report, strip
from model.verification.events import Asked, Events, radar
from model.verification.hko7 import hko7
from model.verification.parts import clear, keep, kept
from model.verification.peers import PEERS
from model.verification.results import Results, beside, read
from model.verification.run import Plan, verify
from radar.baselines import BASELINES
from radar.card import Score
from radar.chances import rising
from radar.errors import BadInput

RAIN = {"radar": radar, "hko7": hko7}
"""What finds the events of each data set of rain."""
Folder = click.Path(path_type=Path, file_okay=False)
COLUMNS = (
    "{task.description}",
    BarColumn(),
    MofNCompleteColumn(),
    TextColumn("{task.fields[windows]} windows"),
    TimeRemainingColumn(),
)


def own(field: str) -> str:
    """What the data sets have by themselves, for the help."""
    found = {name: getattr(kind, field) for name, kind in DATASETS.items()}
    return f"usually {', '.join(f'{value} of {name}' for name, value in found.items() if value)}"


@click.command("evaluate")
@click.argument("data", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--data",
    "kind",
    default="radar",
    show_default=True,
    type=click.Choice(list(DATASETS)),
    help="data set that lies in DATA",
)
@click.option("--method", "methods", multiple=True, help="a name, or the folder of a checkpoint; all names by default")
@click.option("--baseline", "baselines", multiple=True, help=f"what they are compared with; also {', '.join(PEERS)}")
@click.option("--events", default="", help="names of events (files, days, films) with commas; all by default")
@click.option("--every", type=click.IntRange(1), help=f"frames between windows; {own('every')}")
@click.option("--past", type=click.IntRange(1, 24), help=f"frames in; {own('past')}")
@click.option("--leads", type=click.IntRange(1, 48), help=f"frames out; {own('future')}")
@click.option("--thresholds", default="", help="mm/h, with commas; 0.5,1,2,5 of radar, 0.5,2,5,10,30 of hko7")
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
    kind: str,
    methods: tuple[str, ...],
    baselines: tuple[str, ...],
    events: str,
    every: int | None,
    past: int | None,
    leads: int | None,
    thresholds: str,
    common: bool,
    every_step: bool,
    out: Path | None,
    compare: tuple[Path, Path] | None,
    as_json: bool,
) -> None:
    """Score methods on the events in DATA, all of one cadence and on the same windows, or compare two reports.

    Of hko7, moving-mnist, kth and taxibj the test split is scored; of those that are no rain, networks and persistence.
    """
    if compare is not None:
        side_by_side(compare, out)
        return
    if data is None:
        raise BadInput("Which events? Name a folder of them, or two reports with --compare.")
    asked = Asked(listed(events), past or 0, leads or 0, every or 0, levels(thresholds))
    if kind not in RAIN:
        if asked.thresholds or common:
            raise BadInput(f"{kind} is no rain: leave out --thresholds and --common.")
        scored = evaluate_pictures.evaluate(kind, data, asked, methods, baselines)
        evaluate_pictures.show(scored, list(map(shown, baselines)), out, as_json)
        return
    protocol, by_name = RAIN[kind](data, asked)
    plan = plan_of(methods, baselines, protocol, common=common, every_step=every_step)
    found = evaluated(by_name, plan, out)
    if out is not None:
        write(found, by_name, plan, out, baselines)
        clear(out)
    show(rows(found), as_json)


def listed(text: str) -> tuple[str, ...]:
    """Names out of a text with commas."""
    return tuple(name for name in text.split(",") if name)


def levels(text: str) -> tuple[float, ...]:
    """Thresholds out of a text with commas, none out of an empty one; BadInput for what is no rain rate."""
    try:
        return rising([float(part) for part in text.split(",")]) if text else ()
    except ValueError:
        raise BadInput(f"Thresholds are rain rates in mm/h with commas between them, not {text!r}.") from None


def evaluated(events: Events, plan: Plan, out: Path | None) -> list[Results]:
    """The results for each protocol; events that are already in the folder are not run again."""
    found = plan.nothing()
    with Progress(*COLUMNS, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("evaluating", total=len(events), windows=0)
        for name, cases in events.items():
            event = kept(out, name, plan) if out is not None else None
            if event is None:
                event = verify(cases(), plan, partial(count_window, progress, bar))
                if out is not None:
                    keep(out, name, event)
            found = [one + two for one, two in zip(found, event, strict=True)]
            progress.advance(bar)
    if not found[0].sheets:
        raise BadInput(found[0].failed[0] if found[0].failed else "No window of these events is wet enough and whole.")
    return found


def count_window(progress: Progress, bar: TaskID) -> None:
    """Show that one more window is done."""
    progress.update(bar, windows=progress.tasks[bar].fields["windows"] + 1)


def write(found: Sequence[Results], events: Events, plan: Plan, out: Path, baselines: Sequence[str]) -> None:
    """The report; that of the pixels in common lies in a folder of its own, as its scores are others."""
    against = list(map(shown, baselines)) or [name for name in plan.methods if name in BASELINES]
    methods = [name for name in plan.methods if name not in against] or against
    for one, folder in zip(found, (out, out / "common"), strict=False):
        report.write(one, folder, methods, against)
    if (wettest := found[0].wettest) is not None:
        case = strip.found(wettest, events[wettest.event]())
        strip.draw(case, plan.methods, plan.protocols[0], out / "strip.png")
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
