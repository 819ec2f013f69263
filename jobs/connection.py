"""The connection to Redis or Valkey, made the same way everywhere."""

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from jobs.settings import Settings

TIMEOUT_SECONDS = 10


def connect(settings: Settings) -> Redis:
    """A client that gives up soon and tries again a little: a request must not hang on a server that is away."""
    return Redis.from_url(
        settings.redis_url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=2,
        health_check_interval=25,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
    )
