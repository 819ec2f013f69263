"""`nowcast replay`: a past storm through the very pipeline that serves, on a faster clock."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from cli.evaluate import levels, listed, show
from cli.private import Service, private_service
from jobs.awaited import Awaited
from jobs.history import History
from jobs.protocol import Protocol as Live
from jobs.region import ID, Region
from jobs.replay import MOST_WAITING, plan_of, record_of
from jobs.settings import settings
from jobs.skill import Skill
from jobs.store import Store
from model.data.radar import clock, event_files, grid_of, opened, rain_reader
from model.evaluate import Protocol, cases, scores
from model.verification.events import Asked, cadence_of
from radar.card import Score
from radar.errors import BadInput
from radar.formats import netcdf
from radar.frames import Frames
from service.admission import card_of

CDF = "application/x-netcdf"
SILENT_SECONDS = 600.0
POLL_SECONDS = 0.5


@click.command("replay")
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--region", default="replay", show_default=True, help="id of the region; further events get -2, -3 ...")
@click.option("--speed", default=60.0, show_default=True, type=click.FloatRange(1), help="how much faster than it was")
@click.option("--events", default="", help="names of event files, with commas; all by default")
@click.option("--method", help="what makes the nowcasts; NOWCAST_METHOD by default")
@click.option("--past", default=8, show_default=True, type=click.IntRange(1, 24), help="frames before each window")
@click.option("--leads", default=12, show_default=True, type=click.IntRange(1, 48), help="frames out")
@click.option("--thresholds", default="0.5,1,2,5", show_default=True, help="mm/h, with commas")
@click.option("--every", default=12, show_default=True, type=click.IntRange(1), help="frames between windows")
@click.option("--json", "as_json", is_flag=True, help="the scores as JSON")
def command(
    *,
    data: Path,
    region: str,
    speed: float,
    events: str,
    method: str | None,
    past: int,
    leads: int,
    thresholds: str,
    every: int,
    as_json: bool,
) -> None:
    """Feed the event files in DATA, frame by frame, to a service of its own, and print the skill it finds.

    Every frame is nowcast and verified as it would be live; the scores are those of the windows `nowcast evaluate`
    takes, so that both give the same numbers.
    """
    files, known = event_files(data), levels(thresholds)
    wanted = Asked(listed(events)).chosen((path.stem for path in files), data)
    paths = [path for path in files if path.stem in wanted]
    names = [region, *(f"{region}-{number}" for number in range(2, len(paths) + 1))]
    runs = [
        run_of(name, path, method, Protocol((path.stem,), past, leads, cadence_of(path), known, every))
        for name, path in zip(names, paths, strict=True)
    ]
    found: list[Score] = []
    with private_service() as service:
        if method is not None:
            card_of(Store(service.redis, settings()).cards(), method)
        for run in runs:
            replay(service, run, speed)
            found += skill(service, run)
    show(found, as_json)


@dataclass(frozen=True)
class Run:
    """An event, the region it is fed to, and the last known times of the windows that are scored."""

    region: Region
    path: Path
    protocol: Protocol
    starts: tuple[datetime, ...]


def run_of(name: str, path: Path, method: str | None, protocol: Protocol) -> Run:
    """What is to be done with an event; BadInput for one that leads to no score, before a service is started for it."""
    if not re.fullmatch(ID, name):
        raise BadInput(f"{name!r} is no id of a region: lower-case letters, digits and hyphens, at most 63.")
    with opened(path) as dataset:
        times, cadence = clock(dataset)
    plan = plan_of(times, cadence, method=method, leads=protocol.leads, thresholds=protocol.thresholds)
    starts = tuple(case.past.times[-1] for case in cases(path, protocol))
    if not starts:
        raise BadInput(f"No window of {path.name} is wet enough and whole.")
    return Run(Region.of(name, plan), path, protocol, starts)


def replay(service: Service, run: Run, speed: float) -> None:
    """Send each frame when its time has come, and return when all is verified."""
    region, path = run.region.id, run.path
    service.ask("PUT", f"/regions/{region}", run.region.plan.model_dump_json().encode())
    with opened(path) as dataset:
        count = dataset.sizes["time"]
    began = time.monotonic()
    for at, one in enumerate(track(frames(path), path.stem, count, console=Console(stderr=True), transient=True)):
        if at == 0:
            first = one.times[0]
        due = began + (one.times[0] - first).total_seconds() / speed
        time.sleep(max(0.0, due - time.monotonic()))
        settled(service, region, MOST_WAITING)
        service.ask("POST", f"/regions/{region}/frames", netcdf.write(one), CDF)
    settled(service, region, 0)


def frames(path: Path) -> Iterator[Frames]:
    """The frames of an event, one by one."""
    with opened(path) as dataset:
        grid, read = grid_of(dataset), rain_reader(dataset)
        for at, moment in enumerate(clock(dataset)[0]):
            yield Frames(read(slice(at, at + 1)), (moment,), grid)


def settled(service: Service, region: str, most: int) -> None:
    """Wait until no more than `most` jobs wait, and with 0 no time either; BadInput when nothing moves any more."""
    awaited, since, before = Awaited(service.redis), time.monotonic(), -1
    while True:
        waiting = len(awaited.ordered(region)) + (0 if most else len(awaited.times(region)))
        if waiting <= most:
            return
        if waiting != before:
            since, before = time.monotonic(), waiting
        if time.monotonic() > since + SILENT_SECONDS:
            raise BadInput(
                f"Nothing was verified for {SILENT_SECONDS:g} s, and {waiting} nowcasts or times still wait."
            )
        time.sleep(POLL_SECONDS)


def skill(service: Service, run: Run) -> list[Score]:
    """What the service counted of the nowcasts that begin where a window of `nowcast evaluate` does."""
    verified, grid = Skill(service.redis), History(service.redis).grid(run.region.id)
    if grid is None:
        raise BadInput(f"No frame of {run.path.name} could be taken.")
    live, about = Live.of(run.region, grid), f"{run.region.id}: {run.path.stem}"
    known = verified.series(live.region, live.id)
    found = {series.method: record_of(verified, live, series, run.starts) for series in known}
    return [
        score
        for method, one in found.items()
        if one is not None
        for score in scores(method, about, one.tally.counts, int(one.tally.frames.min()), run.protocol)
    ]
