"""The fixtures of the queue serve here too."""

from tests.jobs.conftest import queue, redis, settings, store
from tests.servers import redis_server, redis_url

__all__ = ["queue", "redis", "redis_server", "redis_url", "settings", "store"]
