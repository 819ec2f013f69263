"""Messages of alerts on their way: in Redis until somebody has taken them, in order for each alert, at least once."""

import logging
import time
from typing import NamedTuple, cast

from pydantic import ValidationError
from redis import Redis

from jobs import keys
from jobs.alert_message import Message
from jobs.errors import DamagedBlob

MOST_WAITING, MOST_DEAD = 100, 100
"""Messages of one alert; of those that wait the oldest is given up when one more comes."""
CLAIM = """
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)[1]
if found then redis.call('ZADD', KEYS[1], ARGV[2], found) end
return found
"""
SETTLE = """
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[2] then return 0 end
if ARGV[3] == 'again' then
  redis.call('LSET', KEYS[1], 0, ARGV[4])
  redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
  return 1
end
redis.call('LPOP', KEYS[1])
if ARGV[3] == 'dead' then
  redis.call('LPUSH', KEYS[2], ARGV[4])
  redis.call('LTRIM', KEYS[2], 0, ARGV[7])
end
redis.call('HINCRBY', KEYS[4], ARGV[6], 1)
if redis.call('LLEN', KEYS[1]) > 0 then redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
else redis.call('ZREM', KEYS[3], ARGV[1]) end
return 1
"""
"""What becomes of the first message of an alert, on what the deliverer has read; another may have been faster."""
REST = """
if redis.call('LLEN', KEYS[1]) == 0 then return redis.call('ZREM', KEYS[2], ARGV[1]) end
return 0
"""


log = logging.getLogger(__name__)


class Claimed(NamedTuple):
    """The first message of an alert, which nobody else tries until the lease is over."""

    region_id: str
    name: str
    message: Message


class Outbox:
    """Claim, then deliver, try again, or give up."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._claim, self._settle, self._rest = map(redis.register_script, (CLAIM, SETTLE, REST))

    def claim(self, lease_seconds: float) -> Claimed | None:
        """The message that is due first, for so long; None when none is. It comes back if its deliverer dies.

        One that does not decode is given up, lest those behind it wait for ever; then it is None too.
        """
        now = time.time()
        member = cast("bytes | None", self._claim(keys=[keys.ALERTS_DUE], args=[now, now + lease_seconds]))
        if member is None:
            return None
        region_id, name = member.decode().split(" ")
        text = cast("bytes | None", self.redis.lindex(keys.alert(region_id, name)[0], 0))
        if text is None:
            self._rest(keys=[keys.alert(region_id, name)[0], keys.ALERTS_DUE], args=[member])
            return None
        try:
            return Claimed(region_id, name, parsed(text))
        except DamagedBlob as error:
            log.error("alert %s of region %s: %s It is given up.", name, region_id, error)
            self._settled((region_id, name), text, "damaged", "", now)
            return None

    def delivered(self, one: Claimed) -> bool:
        """It was taken; False when somebody else has settled it meanwhile."""
        return self._settled(one[:2], one.message.text, "delivered", "", time.time())

    def again(self, one: Claimed, error: str, seconds: float) -> bool:
        """Try it again after so many seconds; those behind it wait too."""
        return self._settled(one[:2], one.message.text, "again", one.message.failed(error).text, time.time() + seconds)

    def bury(self, one: Claimed, error: str) -> bool:
        """Give it up, and keep it as a dead letter."""
        return self._settled(one[:2], one.message.text, "dead", one.message.failed(error).text, time.time())

    def _settled(self, alert: tuple[str, str], first: str | bytes, how: str, text: str, due: float) -> bool:
        region_id, name = alert
        counted = f"{name} {'delivered' if how == 'delivered' else 'dead'}"
        named = [*keys.alert(region_id, name), keys.ALERTS_DUE, keys.alert_counts(region_id)]
        said: list[str | bytes | float] = [f"{region_id} {name}", first, how, text, due, counted, MOST_DEAD - 1]
        return bool(self._settle(keys=named, args=said))

    def waiting(self, region_id: str, name: str) -> list[Message]:
        """The messages of an alert that are on their way, the next one first."""
        return self._all(keys.alert(region_id, name)[0])

    def dead(self, region_id: str, name: str) -> list[Message]:
        """Those that were given up, the last one first."""
        return self._all(keys.alert(region_id, name)[1])

    def _all(self, key: str) -> list[Message]:
        return [parsed(text) for text in cast("list[bytes]", self.redis.lrange(key, 0, -1))]


def parsed(text: bytes) -> Message:
    """A message out of the store, or DamagedBlob."""
    try:
        return Message.model_validate_json(text)
    except ValidationError as error:
        raise DamagedBlob("A message in the store is damaged.") from error
