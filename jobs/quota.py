"""How much a key may ask for in a minute: the generic cell rate algorithm (as in ATM Forum TM 4.0), atomic in Redis.

A minute's worth may come at once; then it is handed back evenly, not all at the turn of a minute.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from jobs import keys

PERIOD_SECONDS = 60
SPEND = """
local period = tonumber(ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local due, after, waits, fits = {}, {}, {}, true
for at, key in ipairs(KEYS) do
  due[at] = math.max(tonumber(redis.call('GET', key) or now), now)
  after[at] = due[at] + period / tonumber(ARGV[at + 1])
  waits[at] = math.max(0, after[at] - period - now)
  if waits[at] < 1 then waits[at] = 0 else fits = false end  -- what is kept is rounded
end
local answer = {fits and 1 or 0}
for at, key in ipairs(KEYS) do
  local now_due = fits and after[at] or due[at]
  if fits then redis.call('SET', key, string.format('%.6f', now_due), 'PX', math.ceil(now_due - now)) end
  answer[#answer + 1] = math.max(0, math.floor((now + period - now_due) * tonumber(ARGV[at + 1]) / period + 0.001))
  answer[#answer + 1] = math.ceil(now_due - now)
  answer[#answer + 1] = math.ceil(waits[at])
end
return answer
"""
"""All of the quotas or none: a request that one of them refuses costs nothing."""


@dataclass(frozen=True)
class Quota:
    """So many of something in a minute."""

    name: str
    limit: int

    @property
    def policy(self) -> str:
        """As the RateLimit-Policy field has it."""
        return f'"{self.name}";q={self.limit};w={PERIOD_SECONDS}'


@dataclass(frozen=True)
class Left:
    """What is left of a quota; seconds until all of it is back, and until one more is taken."""

    quota: Quota
    remaining: int
    reset: int
    retry: int

    @property
    def state(self) -> str:
        """As the RateLimit field has it."""
        return f'"{self.quota.name}";r={self.remaining};t={self.reset}'


@dataclass(frozen=True)
class Spent:
    """Whether a request fits into its quotas, and what is left of each."""

    fits: bool
    left: tuple[Left, ...]

    @property
    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers."""
        policies = ", ".join(one.quota.policy for one in self.left)
        return {"RateLimit-Policy": policies, "RateLimit": ", ".join(one.state for one in self.left)}

    @property
    def tightest(self) -> Left:
        """The quota that holds a request up longest."""
        return max(self.left, key=lambda one: one.retry)


class Quotas:
    """Spends them."""

    def __init__(self, redis: Redis) -> None:
        self._spend = redis.register_script(SPEND)

    def spend(self, key_id: str, quotas: Sequence[Quota]) -> Spent:
        """One of each, or nothing when one of them is used up."""
        named = [keys.quota(key_id, one.name) for one in quotas]
        said: Any = self._spend(keys=named, args=[PERIOD_SECONDS * 1000, *(one.limit for one in quotas)])
        fits, *numbers = map(int, said)
        each = zip(quotas, numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        left = (Left(quota, remaining, up(reset), up(retry)) for quota, remaining, reset, retry in each)
        return Spent(bool(fits), tuple(left))


def up(milliseconds: int) -> int:
    """Whole seconds, rather too many."""
    return math.ceil(milliseconds / 1000)
