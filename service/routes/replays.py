"""Past storms through the pipeline that serves, on a faster clock, each in a region of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as InPath

from jobs.errors import SourceRefused, UnknownReplay
from jobs.place import described
from jobs.region import ID, Region
from jobs.regional import Regional
from jobs.replay import Replay, plan_of, window_starts
from jobs.replays import Replays
from jobs.settings import Settings
from radar.errors import BadFrames, TooLarge
from radar.formats import table
from radar.formats.hints import Hints
from radar.frames import Frames
from service import replay_views
from service.admission import card_of, check_body, media_type, no_others
from service.body import received
from service.dependencies import HeavyDep, RegionalDep, RegionDep, SettingsDep, in_thread
from service.intake import READERS
from service.openapi import BODY
from service.problems import documented
from service.replay_schemas import ReplayReportView, ReplaysView, ReplayView

router = APIRouter(tags=["regions"])
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
UPLOADED = "uploaded"
Id = Annotated[str, InPath(pattern=ID, description="id of a replay", examples=["alps-replay-5f0c2a91"])]


@dataclass(frozen=True)
class ReplayQuery:
    """How a storm is to be replayed: query parameters."""

    event: Annotated[
        str | None,
        Query(
            pattern=NAME,
            description="a file in the operator's folder of events, in place of a body",
            examples=["storm.nc"],
        ),
    ] = None
    speed: Annotated[float, Query(ge=1, le=100_000, description="how much faster than it was")] = 60
    method: Annotated[
        str | None, Query(max_length=64, description="the region's method by default", examples=["extrapolation"])
    ] = None
    past: Annotated[int, Query(ge=1, le=24, description="frames before each window that is scored")] = 8
    every: Annotated[int, Query(ge=1, le=1000, description="frames from one such window to the next")] = 12


@router.post(
    "/regions/{region_id}/replays",
    operation_id="startReplay",
    summary="Send a past storm through the pipeline",
    status_code=202,
    responses=documented(403, 404, 413, 415, 422, 500, 503),
    openapi_extra={"requestBody": {**BODY, "required": False}},
    dependencies=[Depends(no_others)],
)
async def start(
    request: Request,
    response: Response,
    region: RegionDep,
    query: Annotated[ReplayQuery, Depends()],
    *,
    regional: RegionalDep,
    settings: SettingsDep,
    heavy: HeavyDep,
) -> ReplayView:
    """Its frames are the body, or those of the event that is named; ask at Location how far it is."""
    card_of(regional.store.cards(), query.method or region.method or settings.method)
    if query.event is not None:
        read = partial(event, settings, query.event)
    else:
        check_body(request.headers, settings)
        media = media_type(request.headers)
        read = partial(READERS[media], await received(request, media, settings.max_body_bytes), Hints())
    begun = await in_thread(heavy, lambda: begin(regional, region, query, read()))
    response.headers["Location"] = begun.links.self_
    return begun


@router.get(
    "/regions/{region_id}/replays",
    operation_id="listReplays",
    summary="The replays of a region",
    responses=documented(404, 422, 500, 503),
)
def listed(region: RegionDep, regional: RegionalDep) -> ReplaysView:
    """The last one first; each is kept for a day once nothing of it moves."""
    found = Replays(regional.store.redis).all(region.id)
    return ReplaysView(replays=[replay_views.view(regional, replay) for replay in found])


@router.get(
    "/regions/{region_id}/replays/{replay_id}",
    operation_id="getReplay",
    summary="How far a replay is, and its skill report",
    responses=documented(404, 422, 500, 503),
)
async def report(region: RegionDep, replay_id: Id, regional: RegionalDep, heavy: HeavyDep) -> ReplayReportView:
    """Scores with their counts, of the nowcasts that `nowcast evaluate` would make of the same frames."""
    replay = Replays(regional.store.redis).get(replay_id, region.id)
    return await in_thread(heavy, partial(replay_views.report, regional, replay))


@router.delete(
    "/regions/{region_id}/replays/{replay_id}",
    operation_id="deleteReplay",
    summary="End a replay and forget all that came of it",
    status_code=204,
    responses=documented(404, 422, 500, 503),
)
def delete(region: RegionDep, replay_id: Id, regional: RegionalDep) -> None:
    """Its region is gone at once; its archive goes a moment later."""
    replays = Replays(regional.store.redis)
    replays.forget(replays.get(replay_id, region.id).id)


def event(settings: Settings, name: str) -> Frames:
    """The frames of a file in the operator's folder; SourceRefused where there is none, UnknownReplay, TooLarge."""
    if settings.replays is None:
        raise SourceRefused("Events can be named once the operator sets NOWCAST_REPLAYS; send the frames.")
    path: Path = settings.replays / name
    if not path.is_file():
        raise UnknownReplay(f"There is no event {name!r} to replay.")
    if path.stat().st_size > settings.max_body_bytes:
        raise TooLarge(f"The event {name} has more than {settings.max_body_bytes} bytes.")
    return table.read_all([(name, path.read_bytes())])


def begin(regional: Regional, region: Region, query: ReplayQuery, frames: Frames) -> ReplayView:
    """A region for the storm, with the plan of this one; BadFrames for frames that are no storm."""
    if frames.cadence is None:
        raise BadFrames("A replay needs two frames at least.")
    plan = plan_of(
        frames.times,
        frames.cadence,
        method=query.method or region.method,
        leads=region.horizon,
        thresholds=region.thresholds,
    )
    replay = replay_of(region, query, frames)
    Replays(regional.store.redis).begin(replay, Region.of(replay.id, plan), frames)
    return replay_views.view(regional, replay)


def replay_of(region: Region, query: ReplayQuery, frames: Frames) -> Replay:
    """The record of a replay that begins now."""
    return Replay(
        id=f"{region.id[:46]}-replay-{uuid4().hex[:8]}",
        of=region.id,
        event=query.event or UPLOADED,
        speed=query.speed,
        began=datetime.now(UTC),
        first=frames.times[0],
        last=frames.times[-1],
        frames=len(frames) - len(frames.interpolated),
        grid=described(frames.grid),
        starts=window_starts(frames, query.past, region.horizon, query.every),
    )
