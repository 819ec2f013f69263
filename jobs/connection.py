"""The connection to Redis or Valkey, made the same way everywhere: its address, its user, its TLS."""

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.connection import HiredisRespSerializer, PythonRespSerializer
from redis.exceptions import OutOfMemoryError
from redis.retry import Retry

from jobs.settings import Settings

TIMEOUT_SECONDS = 10
PIECES = 6000
"""Bytes, redis-py's own choice, from which on an argument is sent as it lies: hiredis would first copy megabytes of
radar into one command."""
SMALL = HiredisRespSerializer()


class Packer(PythonRespSerializer):
    """Commands as the server reads them: small ones by hiredis, in a fraction of the time."""

    def pack(self, *args: Any) -> list[Any]:
        """The pieces to send, one after the other."""
        large = any(len(arg) > PIECES for arg in args if isinstance(arg, bytes | bytearray | memoryview | str))
        packer: Any = super() if large else SMALL
        return list(packer.pack(*args))


def connect(settings: Settings) -> Redis:
    """A client that gives up soon and tries again a little: a request must not hang on a server that is away."""
    return Redis.from_url(
        address(settings),
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=2,
        health_check_interval=25,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        command_packer=Packer(PIECES, Redis().get_encoder().encode),
        **encryption(settings),
    )


def address(settings: Settings) -> str:
    """The server's URL with user and password: its own, or those that are set apart from it."""
    parts = urlsplit(settings.redis_url)
    if "@" in parts.netloc or settings.redis_password is None:
        return settings.redis_url
    user, password = settings.redis_username or "", settings.redis_password.get_secret_value()
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}"))


def shown(settings: Settings) -> str:
    """The server's URL as a message may show it."""
    parts = urlsplit(settings.redis_url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def full(error: Exception) -> bool:
    """True when the server refuses to keep more: no memory is left, or its disk is full."""
    return isinstance(error, OutOfMemoryError) or "MISCONF" in str(error)


def encryption(settings: Settings) -> dict[str, Any]:
    """What a TLS connection wants to know; the server's name and certificate are always checked."""
    if not settings.redis_url.startswith("rediss:"):
        return {}
    files = {
        "ssl_ca_certs": settings.redis_tls_ca,
        "ssl_certfile": settings.redis_tls_cert,
        "ssl_keyfile": settings.redis_tls_key,
    }
    return {"ssl_cert_reqs": "required", **{name: str(path) for name, path in files.items() if path is not None}}
