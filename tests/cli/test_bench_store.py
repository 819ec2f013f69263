"""What `nowcast bench store` makes of a server's counters."""

from functools import partial

from redis import Redis

from cli.bench_store import Cost, spent, table, tick_ms
from jobs.region import Region
from jobs.regions import Regions
from tests.servers import redis_server, redis_url

__all__ = ["redis_server", "redis_url"]


def keep(redis: Redis, times: int) -> None:
    for _ in range(times):
        redis.set("key", bytes(10_000))


def test_the_server_counts_what_it_is_sent(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        cost = spent(redis, partial(keep, redis, times=5))
    commands, sent, got, processor = cost.counted
    assert commands >= 5
    assert sent > 50_000 > got
    assert processor >= 0


def test_what_goes_on_anyway_is_left_out() -> None:
    asked, idle = Cost((100, 2000, 300, 40), seconds=10), Cost((2, 100, 10, 1), seconds=1)
    assert asked.over(idle, times=4).shown() == {"commands": 20, "bytes in": 250, "bytes out": 50, "processor us": 7.5}


def test_the_clock_is_timed_on_regions_that_are_there(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        for name in ("a", "b"):
            Regions(redis).put(Region(id=name, cadence_minutes=5))
        assert tick_ms(redis, 2) > 0


def test_a_table_has_a_line_for_each_kind() -> None:
    assert table({"a": {"x": 1.0, "y": 2.5}, "b": {"z": 3.0}}) == "a: x 1, y 2.5\nb: z 3"
