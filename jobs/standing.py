"""How the queues stand at this moment: what is in them, what nobody has taken yet, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis, ResponseError

from jobs import keys
from jobs.queue import streams


@dataclass(frozen=True)
class Standing:
    """The queue of a method. depth: jobs that wait or run. lag: those no worker has taken. oldest: age in seconds."""

    depth: int = 0
    lag: int = 0
    oldest: float = 0.0


def standing(redis: Redis, methods: Iterable[str]) -> dict[str, Standing]:
    """The queue of each method."""
    seconds, microseconds = redis.time()
    now = seconds + microseconds / 1e6
    return {method: added([of_stream(redis, stream, now) for stream in streams(method)]) for method in methods}


def of_stream(redis: Redis, stream: str, now: float) -> Standing:
    """One stream. What lags is a difference: its own count of that is lost when entries are deleted, as ours are."""
    pipe = redis.pipeline()
    pipe.xlen(stream)
    pipe.xrange(stream, count=1)
    pipe.xpending(stream, keys.GROUP)
    depth, first, pending = cast(Any, pipe.execute(raise_on_error=False))
    taken = 0 if isinstance(pending, ResponseError) else pending["pending"]  # no group before the first take
    oldest = now - int(first[0][0].split(b"-")[0]) / 1e3 if first else 0.0
    return Standing(depth, max(0, depth - taken), max(0.0, oldest))


def added(parts: list[Standing]) -> Standing:
    """The streams of one method together."""
    return Standing(sum(one.depth for one in parts), sum(one.lag for one in parts), max(one.oldest for one in parts))


def dead_letters(redis: Redis) -> int:
    """How many jobs were ever given up; the stream of them knows, though it keeps the last ones only."""
    try:
        known = redis.xinfo_stream(keys.DEAD)
        return int(known.get("entries-added", known["length"]))  # Redis 6 does not count what was trimmed
    except ResponseError:  # there is no such stream before the first
        return 0
