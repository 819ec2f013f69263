"""Every key the service leaves in its store goes by itself, or is one of these, which cannot grow for ever."""

from fnmatch import fnmatchcase

from redis import Redis

CAPPED: dict[str, str] = {
    "nowcast:busy": "one entry for each method that ever had a job",
    "nowcast:dead": "the last 1,000 jobs that were given up",
    "nowcast:queue:*": "NOWCAST_QUEUE_LIMIT jobs, and the regions' own; an entry goes when its job has ended",
    "nowcast:regions": "one entry for each region",
    "nowcast:regions:*": "one entry for each region, and each that was deleted and has an archive still",
    "nowcast:region:*": "goes with its region; frames, counts and records by its retention",
    "nowcast:alerts:*": "one entry for each region with alerts, or each message that waits",
    "nowcast:api-keys*": "one entry for each API key",
    "nowcast:audit": "the newest deeds of the audit log",
    "drain": "10,000 messages: the scheduler drops those that nobody takes",
    "sweep": "10,000 messages, likewise",
    "pull": "10,000 messages, likewise",
    "verify": "10,000 messages, likewise",
    "_kombu.binding*": "one entry for each queue",
    "unacked*": "messages in the hands of a process: one for each",
}
"""Keys without a time to live, and what bounds them."""


def unbounded(redis: Redis) -> list[str]:
    """The keys that neither go by themselves nor are capped."""
    names = [name.decode() for name in redis.scan_iter(count=1000)]
    lasting = [name for name in names if redis.ttl(name) == -1]
    return [name for name in lasting if not any(fnmatchcase(name, pattern) for pattern in CAPPED)]


def of_region(redis: Redis, region_id: str) -> list[str]:
    """The keys of one region that do not go by themselves."""
    names = [name.decode() for name in redis.scan_iter(f"nowcast:region:{region_id}:*", count=1000)]
    return sorted(name for name in names if redis.ttl(name) == -1)
