"""The alerts of regions and where each stands. A step is whole or not at all: state, message and counts together."""

import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from pydantic import ValidationError
from redis import Redis

from jobs import keys
from jobs.alert import Alert, AlertPlan
from jobs.alert_message import Message, Payload
from jobs.alert_state import Kind, Outcome, State
from jobs.errors import DamagedBlob, UnknownAlert
from jobs.outbox import MOST_DEAD, MOST_WAITING
from radar.errors import BadInput, TooLarge

MOST = 100
"""Alerts of one region."""
STEP = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
local before = redis.call('HGET', KEYS[2], ARGV[1])
if (before and redis.sha1hex(before) or '') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
if ARGV[5] ~= '' then
  redis.call('RPUSH', KEYS[3], ARGV[5])
  if redis.call('LLEN', KEYS[3]) > tonumber(ARGV[8]) then
    redis.call('LPUSH', KEYS[4], redis.call('LPOP', KEYS[3]))
    redis.call('LTRIM', KEYS[4], 0, ARGV[9])
    redis.call('HINCRBY', KEYS[6], ARGV[1] .. ' dead', 1)
  end
  redis.call('ZADD', KEYS[5], 'NX', ARGV[7], ARGV[6])
end
for at = 10, #ARGV, 2 do redis.call('HINCRBY', KEYS[6], ARGV[1] .. ' ' .. ARGV[at], ARGV[at + 1]) end
return 1
"""
"""From what was read to what follows, unless another step or a change of the alert came in between."""


class Alerts:
    """Put, get, list, delete alerts of a region; step from state to state."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._step = redis.register_script(STEP)

    def put(self, region_id: str, name: str, plan: AlertPlan) -> bool:
        """Keep an alert, True when it is new; BadInput when it then has no secret.

        When something else is looked for than before, its event ends, and whoever was told of it is told.
        """
        configured, _, secrets = keys.alerts(region_id)
        alert, before = Alert.of(region_id, name, plan), self.find(region_id, name)
        if before is None and self.redis.hlen(configured) >= MOST:
            raise TooLarge(f"Region {region_id} has {MOST} alerts already; delete one first.")
        if plan.secret is None and not self.redis.hexists(secrets, name):
            raise BadInput(f"Alert {name} is new and needs a secret to sign its messages with.")
        pipe = self.redis.pipeline()
        if plan.secret is not None:
            pipe.hset(secrets, name, plan.secret.get_secret_value())
        pipe.hset(configured, name, alert.model_dump_json())
        pipe.sadd(keys.ALERTED, region_id)
        pipe.execute()
        if before is not None and before.watch != alert.watch:
            self.cancel(alert, before)
        return before is None

    def cancel(self, alert: Alert, before: Alert) -> None:
        """Begin anew: no event is open, none is to be judged any more. What is told is of the alert it was before."""
        while True:
            state, now = self.state(alert), datetime.now(UTC)
            over = [
                one if one.outcome else one.model_copy(update={"outcome": Outcome.CANCELLED}) for one in state.events
            ]
            message = None
            if state.open:
                over[-1] = over[-1].model_copy(update={"ended": now})
                message = Payload.of(Kind.CANCELLED, before, over[-1]).message()
            if self.step(alert, state, State().with_events(*over), message, {}):
                return
            if self.find(alert.region, alert.name) != alert:
                return  # changed again, or gone

    def find(self, region_id: str, name: str) -> Alert | None:
        """The alert of a name; None when there is none."""
        found = cast("bytes | None", self.redis.hget(keys.alerts(region_id)[0], name))
        return None if found is None else parsed(region_id, found)

    def get(self, region_id: str, name: str) -> Alert:
        """The alert of a name, or UnknownAlert."""
        found = self.find(region_id, name)
        if found is None:
            raise UnknownAlert(f"Region {region_id} has no alert {name[:64]!r}.")
        return found

    def of(self, region_id: str) -> list[Alert]:
        """Every alert of a region, by name."""
        known = cast("dict[bytes, bytes]", self.redis.hgetall(keys.alerts(region_id)[0]))
        return [parsed(region_id, text) for _, text in sorted(known.items())]

    def regions(self) -> list[str]:
        """The regions that have any."""
        return sorted(name.decode() for name in cast("set[bytes]", self.redis.smembers(keys.ALERTED)))

    def secret(self, region_id: str, name: str) -> str | None:
        """What its messages are signed with; None when the alert is gone."""
        found = cast("bytes | None", self.redis.hget(keys.alerts(region_id)[2], name))
        return None if found is None else found.decode()

    def delete(self, region_id: str, name: str) -> None:
        """Forget an alert, its messages and counts; UnknownAlert when there is none."""
        configured, states, secrets = keys.alerts(region_id)
        if not self.redis.hexists(configured, name):
            raise UnknownAlert(f"Region {region_id} has no alert {name[:64]!r}.")
        pipe = self.redis.pipeline()
        for key in (configured, states, secrets):
            pipe.hdel(key, name)
        pipe.delete(*keys.alert(region_id, name))
        pipe.zrem(keys.ALERTS_DUE, f"{region_id} {name}")
        for known, kind in self.counts(region_id):
            if known == name:
                pipe.hdel(keys.alert_counts(region_id), f"{name} {kind}")
        pipe.execute()
        if not self.redis.exists(configured):
            self.redis.srem(keys.ALERTED, region_id)

    def forget(self, region_id: str) -> None:
        """All of a region that goes."""
        for name in cast("list[bytes]", self.redis.hkeys(keys.alerts(region_id)[0])):
            self.delete(region_id, name.decode())

    def state(self, alert: Alert) -> State:
        """Where an alert stands."""
        return read(cast("bytes | None", self.redis.hget(keys.alerts(alert.region)[1], alert.name)))

    def step(
        self, alert: Alert, before: State, after: State, message: Message | None, counts: Mapping[str, int]
    ) -> bool:
        """From one state to the next; False when the alert, or its state, is no longer what was read."""
        configured, states, _ = keys.alerts(alert.region)
        found = cast("bytes | None", self.redis.hget(states, alert.name))
        if read(found) != before:
            return False
        known = hashlib.sha1(found, usedforsecurity=False).hexdigest() if found else ""
        outbox = [*keys.alert(alert.region, alert.name), keys.ALERTS_DUE]
        named = [configured, states, *outbox, keys.alert_counts(alert.region)]
        said = [alert.name, alert.model_dump_json(), known, after.model_dump_json(), message.text if message else ""]
        added: list[str | float] = [part for pair in counts.items() for part in pair]
        bounds: list[str | float] = [f"{alert.region} {alert.name}", time.time(), MOST_WAITING, MOST_DEAD - 1]
        return bool(self._step(keys=named, args=[*said, *bounds, *added]))

    def counts(self, region_id: str) -> dict[tuple[str, str], int]:
        """What was ever counted, by alert and kind."""
        found = cast("dict[bytes, bytes]", self.redis.hgetall(keys.alert_counts(region_id)))
        pairs = ((field.decode().split(" "), int(count)) for field, count in sorted(found.items()))
        return {(name, kind): count for (name, kind), count in pairs}


def read(text: bytes | None) -> State:
    """A state out of the store; one that cannot be read has seen nothing yet."""
    try:
        return State() if text is None else State.model_validate_json(text)
    except ValidationError:
        return State()


def parsed(region_id: str, text: bytes) -> Alert:
    """An alert out of the store, or DamagedBlob."""
    try:
        return Alert.model_validate_json(text)
    except ValidationError as error:
        raise DamagedBlob(f"The record of an alert of region {region_id} is damaged.") from error
