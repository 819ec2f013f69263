"""Methods on trial in a region: how they do against the one that is served, and giving their place to one of them."""

import logging
from datetime import UTC, datetime
from typing import cast

from pydantic import BaseModel, ConfigDict
from redis import Redis

from jobs import keys
from jobs.comparison import LEAST_BLOCKS, Comparison, compare
from jobs.errors import NoFrames, NotFavoured
from jobs.history import History
from jobs.protocol import Protocol
from jobs.region import Region
from jobs.regions import Regions
from jobs.skill import KEEP, Series, Skill
from jobs.store import Store
from radar.errors import BadInput, UnknownMethod

MOST = 100
"""Promotions of a region that are remembered."""

log = logging.getLogger(__name__)


class Promotion(BaseModel):
    """A region got another method: when, which, and on what grounds; forced when these did not suffice."""

    model_config = ConfigDict(frozen=True)

    time: datetime
    before: str
    method: str
    forced: bool
    grounds: str


def against(
    store: Store, region: Region, protocol: Protocol, method: str, since: datetime | None = None
) -> Comparison | None:
    """How a method does against another one, the region's; None when either is not loaded, so could not be served."""
    cards = store.cards()
    served = region.method or store.settings.method
    if method == served or not {method, served} <= cards.keys():
        return None
    one, two = (Series(protocol.id, name, cards[name].version) for name in (method, served))
    return compare(Skill(store.redis), protocol, one, two, since)


def promote(store: Store, region_id: str, method: str, force: bool = False) -> Promotion:
    """Let a method make the region's nowcasts from now on; NotFavoured when nothing says that it is better.

    What it was a shadow or canary of becomes the shadow, so that both go on being compared. RegionBusy when somebody
    changes the region meanwhile.
    """
    regions = Regions(store.redis)
    region = regions.get(region_id)
    served = region.method or store.settings.method
    if method == served:
        raise BadInput(f"Region {region_id} has {method} already.")
    found = grounds(store, region, method)
    if not (found.favours or force):
        raise NotFavoured(refusal(found))
    regions.put(replaced(region, method, served), expected=region)
    done = Promotion(time=datetime.now(UTC), before=served, method=method, forced=not found.favours, grounds=str(found))
    level = logging.WARNING if done.forced else logging.INFO
    log.log(level, "region %s: %s %s: %s", region_id, "forced to" if done.forced else "promoted", method, found)
    note(store.redis, region_id, done)
    return done


def note(redis: Redis, region_id: str, done: Promotion) -> None:
    """Remember a promotion as long as the skill that it rests on."""
    redis.xadd(keys.promotions(region_id), {"promotion": done.model_dump_json()}, maxlen=MOST)
    redis.expire(keys.promotions(region_id), KEEP)


def grounds(store: Store, region: Region, method: str) -> Comparison:
    """How a method does against the region's; NoFrames or UnknownMethod where there is nothing to compare."""
    grid = History(store.redis).grid(region.id)
    if grid is None:
        raise NoFrames(f"Region {region.id} has no frames yet, so nothing was verified.")
    found = against(store, region, Protocol.of(region, grid), method)
    if found is None:
        known = ", ".join(sorted(store.cards()))
        served = region.method or store.settings.method
        raise UnknownMethod(f"No worker has loaded both {method} and {served}; there are {known}.")
    return found


def refusal(found: Comparison) -> str:
    """Why a method is not promoted, with the figures."""
    needed = "the whole of that range above 0" if found.blocks >= LEAST_BLOCKS else f"at least {LEAST_BLOCKS} blocks"
    return f"{found}; promoting it takes {needed}, or --force."


def replaced(region: Region, method: str, served: str) -> Region:
    """The region with another method, and the one before as its shadow if that one was on trial."""
    on_trial = method in (region.shadow, region.canary and region.canary.method)
    trial = {"shadow": served, "canary": None} if on_trial else {}
    return Region.of(region.id, region.plan.model_copy(update={"method": method, **trial}))


def declared(redis: Redis, region_id: str) -> bool:
    """True for a region that a file declares: what the file says comes back when it changes."""
    return bool(redis.sismember(keys.DECLARED, region_id))


def promotions(redis: Redis, region_id: str, last: int) -> list[Promotion]:
    """The newest promotions of a region, the last one first."""
    found = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis.xrevrange(keys.promotions(region_id), count=last))
    return [Promotion.model_validate_json(fields[b"promotion"]) for _, fields in found]
