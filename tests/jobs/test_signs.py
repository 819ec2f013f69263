"""Signs of life: they hold for their time."""

from redis import Redis

from jobs import keys, signs


def test_warm_workers_are_known_and_silent_ones_forgotten(redis: Redis) -> None:
    assert signs.warm_workers(redis) == []
    signs.warm(redis, "one", 60)
    signs.warm(redis, "two", 60)
    assert signs.warm_workers(redis) == ["one", "two"]
    redis.delete(keys.worker("one"))  # its time is up
    assert signs.warm_workers(redis) == ["two"]
    assert redis.smembers(keys.WORKERS) == {b"two"}


def test_a_role_is_alive_on_the_machine_that_said_so(redis: Redis) -> None:
    signs.alive(redis, "puller", "here", 60)
    assert signs.is_alive(redis, "puller", "here")
    assert not signs.is_alive(redis, "puller", "elsewhere")
    assert not signs.is_alive(redis, "verifier", "here")
