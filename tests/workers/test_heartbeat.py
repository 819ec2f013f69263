"""Signs of life on a real server."""

from threading import Event

from redis import ConnectionError as ServerAway
from redis import Redis

from jobs import keys
from tests.servers import redis_server, redis_url
from workers import heartbeat

__all__ = ["redis_server", "redis_url"]


def test_a_sign_of_life_is_of_this_machine_and_passes(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        heartbeat.alive(redis, "puller")
        (key,) = redis.scan_iter(keys.alive("puller", "*"))
        assert 0 < redis.ttl(key) <= heartbeat.OTHERS_LIFE_SECONDS


def test_signs_are_given_until_told_otherwise() -> None:
    given = Event()
    stop = heartbeat.start(given.set)
    assert given.wait(10)
    stop.set()


def test_a_server_that_is_away_is_tried_again() -> None:
    tries: list[None] = []
    stop = Event()

    def sign() -> None:
        tries.append(None)
        if len(tries) == 1:
            raise ServerAway
        stop.set()

    heartbeat.beat(sign, stop)
    assert len(tries) == 2
