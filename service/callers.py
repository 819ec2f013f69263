"""Who calls: the key in a request, what it may do, and how much of it."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from redis import Redis
from redis.exceptions import ResponseError
from starlette.datastructures import Headers

from jobs import api_key
from jobs.api_key import ApiKey, Scope
from jobs.api_keys import ApiKeys
from jobs.connection import full
from jobs.quota import Quota, Quotas
from jobs.settings import Settings
from service.errors import NoKey, ScopeMissing, TooManyRequests, WrongKey

CHALLENGE = 'Bearer realm="nowcast"'
BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)
USE_SECONDS = 60.0
"""How exactly it is known when a key was last used."""


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request; the id of the key is empty when there was none."""

    key: str
    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """True when this is allowed."""
        return scope in self.scopes


ANYBODY = Caller("", "anybody", frozenset(Scope))
"""Where no keys are asked for, everybody may do everything."""
NOBODY = Caller("", "nobody", frozenset())
"""Who shows no key, where it takes one to do more than look."""


def of(key: ApiKey) -> Caller:
    """Who has a key."""
    return Caller(key.id, key.name, frozenset(scope for scope in Scope if key.may(scope)))


def sent(headers: Headers) -> str | None:
    """The key in the headers of a request, as it was typed."""
    bearer = BEARER.fullmatch(headers.get("authorization", ""))
    return bearer[1] if bearer else headers.get("x-api-key")


class Known:
    """The keys as a gateway knows them: those in the store, and the first one out of its settings."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self.keys, self.quotas, self.settings = ApiKeys(redis), Quotas(redis), settings
        self.first = api_key.first(settings.api_key.get_secret_value()) if settings.api_key else None
        self._used: dict[str, float] = {}

    def key(self, text: str | None) -> ApiKey:
        """The key that a request shows; NoKey or WrongKey."""
        if not text:
            sentence = "This takes an API key, as `Authorization: Bearer KEY` or `X-API-Key: KEY`."
            raise NoKey(sentence, {"WWW-Authenticate": CHALLENGE})
        parts = api_key.parted(text)
        found = self._opened(*parts) if parts else None
        if found is None:
            raise WrongKey(
                "The API key is not one of ours, or it was revoked or has expired.",
                {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'},
            )
        return found

    def _opened(self, key_id: str, secret: str) -> ApiKey | None:
        if self.first and self.first.id == key_id:
            return self.first if self.first.opens(secret, datetime.now(UTC)) else None
        return self.keys.opened(key_id, secret)

    def spend(self, key: ApiKey, *, nowcast: bool) -> dict[str, str]:
        """Take a request, and with it a nowcast, out of the quotas of a key; TooManyRequests. What is left, as headers.

        A store that is full counts nothing, and what is in it may still be read.
        """
        quotas = [Quota("requests", key.requests_per_minute or self.settings.key_requests)]
        if nowcast:
            quotas.append(Quota("nowcasts", key.nowcasts_per_minute or self.settings.key_nowcasts))
        try:
            spent = self.quotas.spend(key.id, quotas)
        except ResponseError as error:
            if nowcast or not full(error):
                raise
            return {}
        if not spent.fits:
            quota, retry = spent.tightest.quota, spent.tightest.retry
            sentence = f"This key may have {quota.limit} {quota.name} a minute; come back in {retry} s."
            raise TooManyRequests(sentence, {"Retry-After": str(retry), **spent.headers})
        return spent.headers

    def used(self, key: ApiKey) -> None:
        """Remember that a key was used now, at most once a minute."""
        now = datetime.now(UTC)
        if now.timestamp() - self._used.get(key.id, 0.0) >= USE_SECONDS:
            self._used[key.id] = now.timestamp()
            with suppress(ResponseError):  # a store that is full is no reason to refuse
                self.keys.used(key.id, now)


def check(caller: Caller, scope: Scope, headers: dict[str, str]) -> None:
    """ScopeMissing when a caller may not do this; `headers` come with the refusal."""
    if not caller.may(scope):
        challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'
        raise ScopeMissing(
            f"This takes a key with the scope {scope}; {caller.name!r} has {', '.join(sorted(caller.scopes))}.",
            {"WWW-Authenticate": challenge, **headers},
        )


async def _caller(request: Request) -> Caller:
    return request.state.caller  # type: ignore[no-any-return]


CallerDep = Annotated[Caller, Depends(_caller)]
