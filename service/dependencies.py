"""What routes ask for, by name.

What only hands something over is a coroutine: plain functions FastAPI sends to a thread, one by one, which takes longer
than they do.
"""

from collections.abc import Callable
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from jobs.queue import Queue
from jobs.region import ID, Region
from jobs.regional import Regional
from jobs.regions import Regions
from jobs.settings import Settings
from jobs.store import Store
from radar.chances import MOST_THRESHOLDS, rising
from radar.errors import BadInput
from service.waiting import Waiting

T = TypeVar("T")


async def _settings(request: Request) -> Settings:
    return request.app.state.settings  # type: ignore[no-any-return]


async def _store(request: Request) -> Store:
    return request.app.state.store  # type: ignore[no-any-return]


async def _queue(request: Request) -> Queue:
    return request.app.state.queue  # type: ignore[no-any-return]


async def _waiting(request: Request) -> Waiting:
    return request.app.state.waiting  # type: ignore[no-any-return]


async def _heavy(request: Request) -> CapacityLimiter:
    return request.app.state.heavy  # type: ignore[no-any-return]


async def _reading(request: Request) -> CapacityLimiter:
    return request.app.state.reading  # type: ignore[no-any-return]


async def _regional(store: "StoreDep", queue: "QueueDep") -> Regional:
    return Regional(store, queue)


async def _regions(store: "StoreDep") -> Regions:
    return Regions(store.redis)


SettingsDep = Annotated[Settings, Depends(_settings)]
StoreDep = Annotated[Store, Depends(_store)]
QueueDep = Annotated[Queue, Depends(_queue)]
RegionalDep = Annotated[Regional, Depends(_regional)]
RegionsDep = Annotated[Regions, Depends(_regions)]
WaitingDep = Annotated[Waiting, Depends(_waiting)]
HeavyDep = Annotated[CapacityLimiter, Depends(_heavy)]
"""Bounds how many bodies are decoded or answers encoded at once, for their memory's sake."""
ReadingDep = Annotated[CapacityLimiter, Depends(_reading)]
"""Likewise, how many answers are made out of the archive, which may be slow: it holds up no other work."""


async def in_thread(limiter: CapacityLimiter, work: Callable[[], T]) -> T:
    """Heavy work in a thread, a few at a time."""
    return await to_thread.run_sync(work, limiter=limiter)


RegionId = Annotated[str, Path(pattern=ID, description="id of a region", examples=["hong-kong"])]


def _region(region_id: RegionId, regions: RegionsDep) -> Region:
    return regions.get(region_id)


def _own_region(region_id: RegionId, regions: RegionsDep) -> Region:
    return regions.own(region_id)


RegionDep = Annotated[Region, Depends(_region)]
"""The region of the path, or UnknownRegion."""
OwnRegionDep = Annotated[Region, Depends(_own_region)]
"""Likewise, to be written to; BadInput for that of a replay."""

Method = Annotated[
    str | None,
    Query(
        max_length=64,
        description="Name of a method (see /methods); the service has a default.",
        examples=["ms-convlstm"],
    ),
]

Fallback = Annotated[
    bool | None,
    Query(
        description="May another method answer when the frames lie outside the method's card? "
        "Left out, only when the request names no method.",
        examples=[True],
    ),
]


def separated(said: object) -> object:
    """Values out of a parameter that may come several times, each with commas between its values."""
    texts = said if isinstance(said, list) else [said]
    return [part for text in texts for part in str(text).split(",")] if said is not None else None


def asked(said: list[float]) -> list[float]:
    """Thresholds, rising and each once."""
    try:
        return list(rising(said))
    except BadInput as error:
        raise PydanticCustomError("thresholds", "{sentence}", {"sentence": str(error)}) from error


Thresholds = Annotated[
    Annotated[list[float], BeforeValidator(separated), AfterValidator(asked)] | None,
    Query(
        description=f"Rain rates in mm/h whose chances are wanted, 1 to {MOST_THRESHOLDS}, with commas between; "
        "left out, those of the method.",
        examples=[[0.5, 2, 10]],
    ),
]
Horizon = Annotated[int, Query(ge=1, le=1000, description="How many frames ahead, each one cadence after the last.")]
