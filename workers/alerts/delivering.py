"""Delivers what is due: again after a growing pause when it was not taken, as a dead letter in the end."""

import logging
import random

from redis import Redis

from jobs.alerts import Alerts
from jobs.outbox import Claimed, Outbox
from jobs.settings import Settings
from radar.errors import NowcastError
from workers.alerts.posting import SECONDS, NotTaken, post

LONGEST_PAUSE = 3600.0
LEASE_SECONDS = 3 * SECONDS
"""A message whose deliverer is silent for so long is delivered by another."""

log = logging.getLogger(__name__)


class Delivering:
    """Any number may be at it."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self.alerts, self.outbox, self.settings = Alerts(redis), Outbox(redis), settings

    def run(self) -> None:
        """All that is due now."""
        while (one := self.outbox.claim(LEASE_SECONDS)) is not None:
            self.deliver(one)

    def deliver(self, one: Claimed) -> None:
        """One message, once."""
        alert, secret = self.alerts.find(one.region_id, one.name), self.alerts.secret(one.region_id, one.name)
        if alert is None or secret is None:
            return  # its messages went with it
        try:
            post(alert, one.message, secret, self.settings)
        except NotTaken as error:
            self.put_off(one, error)
        except NowcastError as error:
            log.error("alert %s of region %s: %s", one.name, one.region_id, error)
            self.put_off(one, NotTaken(str(error)))
        else:
            self.outbox.delivered(one)

    def put_off(self, one: Claimed, error: NotTaken) -> None:
        """For a while, or for good."""
        tries = one.message.tries + 1
        if tries >= self.settings.webhook_tries:
            log.error("alert %s of region %s: %s is given up: %s", one.name, one.region_id, one.message.id, error)
            self.outbox.bury(one, str(error))
        else:
            log.warning("alert %s of region %s: try %d: %s", one.name, one.region_id, tries, error)
            self.outbox.again(one, str(error), max(pause(self.settings, tries), min(error.seconds, LONGEST_PAUSE)))


def pause(settings: Settings, tries: int) -> float:
    """Seconds after so many tries: doubled each time, and not in step with others."""
    longest = min(settings.webhook_seconds * 2.0 ** min(tries - 1, 30), LONGEST_PAUSE)
    return random.uniform(longest / 2, longest)
