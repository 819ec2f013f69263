"""Workers that were not heard of for a while, without waiting for it."""

from typing import Any

from jobs import keys
from jobs.queue import Queue, streams


def held(queue: Queue, method: str) -> list[tuple[str, Any]]:
    """The entries of a method that workers have, each with its stream."""
    found: list[tuple[str, Any]] = []
    for stream in streams(method):
        pending: Any = queue.redis.xpending_range(stream, keys.GROUP, "-", "+", 100)
        found += [(stream, one) for one in pending]
    return found


def fall_silent(queue: Queue, method: str, leases: float = 1) -> None:
    """As if nothing had been heard of these workers for so many leases."""
    queue.looked.clear()
    idle = int(1000 * leases * queue.settings.lease_seconds)
    for stream, one in held(queue, method):
        at, who = one["message_id"], one["consumer"]
        queue.redis.xclaim(stream, keys.GROUP, who, 0, [at], idle=idle, justid=True)


def silent_leases(queue: Queue, method: str) -> float:
    """How many leases ago the one that is silent for longest was heard of."""
    longest: int = max(one["time_since_delivered"] for _, one in held(queue, method))
    return longest / 1000 / queue.settings.lease_seconds
