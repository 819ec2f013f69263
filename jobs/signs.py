"""Signs of life that processes leave in the store: which workers are warm, and which other roles are there."""

from typing import cast

from redis import Redis

from jobs import keys


def warm(redis: Redis, worker: str, seconds: int) -> None:
    """A worker has loaded and warmed up every method."""
    pipe = redis.pipeline()
    pipe.set(keys.worker(worker), "warm", ex=seconds)
    pipe.sadd(keys.WORKERS, worker)
    pipe.expire(keys.WORKERS, seconds)
    pipe.execute()


def warm_workers(redis: Redis) -> list[str]:
    """The names of the workers that are warm; those of others are forgotten."""
    names = sorted(name.decode() for name in cast("set[bytes]", redis.smembers(keys.WORKERS)))
    signs = cast("list[bytes | None]", redis.mget(map(keys.worker, names)) if names else [])
    silent = [name for name, sign in zip(names, signs, strict=True) if sign is None]
    if silent:
        redis.srem(keys.WORKERS, *silent)
    return [name for name in names if name not in silent]


def alive(redis: Redis, role: str, machine: str, seconds: int) -> None:
    """A process of a role works on a machine."""
    redis.set(keys.alive(role, machine), "alive", ex=seconds)


def is_alive(redis: Redis, role: str, machine: str) -> bool:
    """One has said so not long ago."""
    return bool(redis.exists(keys.alive(role, machine)))
