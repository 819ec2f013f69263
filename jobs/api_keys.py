"""The API keys there are: create, list, revoke, rotate, and find the one that was sent."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

from pydantic import ValidationError
from redis import Redis, WatchError

from jobs import api_key, keys
from jobs.api_key import ApiKey, Scope, Secret
from jobs.errors import DamagedBlob, UnknownApiKey
from radar.errors import BadInput, TooLarge

MOST = 10_000
"""Of one service. Those that are no longer good stay in the list: it tells who could once do what."""


class ApiKeys:
    """A hash of records; when each was last used is a hash of its own, which requests write."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def create(
        self,
        name: str,
        scopes: Sequence[Scope],
        lasts: timedelta | None = None,
        *,
        requests_per_minute: int | None = None,
        nowcasts_per_minute: int | None = None,
    ) -> str:
        """A new key as its owner sends it; nobody can read it again. TooLarge when there are too many."""
        if self.redis.hlen(keys.API_KEYS) >= MOST:
            raise TooLarge(f"There are {MOST} keys already.")
        key_id, secret = api_key.minted()
        now = datetime.now(UTC)
        record = ApiKey(
            id=key_id,
            name=name,
            scopes=tuple(dict.fromkeys(scopes)),
            created=now,
            expires=now + lasts if lasts else None,
            requests_per_minute=requests_per_minute,
            nowcasts_per_minute=nowcasts_per_minute,
            secrets=(Secret(digest=api_key.hashed(secret)),),
        )
        self._put(record)
        return api_key.written(key_id, secret)

    def get(self, key_id: str) -> ApiKey:
        """The record of a key, or UnknownApiKey."""
        found = cast("bytes | None", self.redis.hget(keys.API_KEYS, key_id))
        if found is None:
            raise UnknownApiKey(f"There is no key {key_id[:64]!r}; `nowcast keys list` names them.")
        return parsed(found)

    def all(self) -> list[ApiKey]:
        """Every key there ever was, the oldest first."""
        found = cast("list[bytes]", self.redis.hvals(keys.API_KEYS))
        return sorted(map(parsed, found), key=lambda one: one.created)

    def opened(self, key_id: str, secret: str) -> ApiKey | None:
        """The key that an id and a secret open; None when they open none."""
        found = cast("bytes | None", self.redis.hget(keys.API_KEYS, key_id))
        key = parsed(found) if found else None
        return key if key and key.opens(secret, datetime.now(UTC)) else None

    def revoke(self, key_id: str) -> ApiKey:
        """From now on it opens nothing."""
        return self._change(key_id, lambda key: key.model_copy(update={"revoked": key.revoked or datetime.now(UTC)}))

    def rotate(self, key_id: str, overlap: timedelta) -> str:
        """The key with a new secret; its id, scopes and jobs stay, and so does the old secret for a while."""
        _, secret = api_key.minted()

        def rotated(key: ApiKey) -> ApiKey:
            if not key.good(datetime.now(UTC)):
                raise BadInput(f"The key {key_id} is no longer good: create another.")
            return key.rotated(secret, overlap)

        self._change(key_id, rotated)
        return api_key.written(key_id, secret)

    def used(self, key_id: str, when: datetime) -> None:
        """Remember when a key was last used."""
        self.redis.hset(keys.API_KEYS_USED, key_id, when.isoformat())

    def uses(self) -> dict[str, datetime]:
        """When each key was last used."""
        found = cast("dict[bytes, bytes]", self.redis.hgetall(keys.API_KEYS_USED))
        return {key_id.decode(): datetime.fromisoformat(when.decode()) for key_id, when in found.items()}

    def _change(self, key_id: str, change: Callable[[ApiKey], ApiKey]) -> ApiKey:
        """Put what becomes of a record, on what was read: a revocation is never written over."""
        while True:
            with self.redis.pipeline() as pipe, suppress(WatchError):
                pipe.watch(keys.API_KEYS)  # type: ignore[no-untyped-call]
                changed = change(self.get(key_id))
                pipe.multi()
                pipe.hset(keys.API_KEYS, key_id, changed.model_dump_json())
                pipe.execute()
                return changed

    def _put(self, key: ApiKey) -> None:
        self.redis.hset(keys.API_KEYS, key.id, key.model_dump_json())


def parsed(text: bytes) -> ApiKey:
    """A key out of the store, or DamagedBlob."""
    try:
        return ApiKey.model_validate_json(text)
    except ValidationError as error:
        raise DamagedBlob("The record of an API key in the store is damaged.") from error
