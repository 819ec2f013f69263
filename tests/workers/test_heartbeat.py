"""Signs of life on a real server."""

from threading import Event

import pytest
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


@pytest.mark.parametrize("error", [ServerAway, RuntimeError])
def test_what_goes_wrong_is_tried_again(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that fails while the device is looked at must not make its worker look dead."""
    monkeypatch.setattr(heartbeat, "SECONDS", 0.01)
    tries: list[None] = []
    stop = Event()

    def sign() -> None:
        tries.append(None)
        if len(tries) == 1:
            raise error
        stop.set()

    heartbeat.beat(sign, stop)
    assert len(tries) == 2
