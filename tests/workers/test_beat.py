"""The clock's list of what is due, on a real server."""

from datetime import timedelta

import pytest
from celery.beat import Scheduler
from redis import Redis

from jobs.celery_app import SWEEP_SECONDS, VERIFY, create
from jobs.settings import Settings
from workers.beat import Steady
from workers.scheduler import MOST_MESSAGES, trim


def after_a_step_back(kind: type[Scheduler], redis_url: str) -> float:
    """Seconds until a scheduler wants to look again, when all it sent was sent in an hour from now."""
    scheduler = kind(app=create(Settings(redis_url=redis_url)))
    for entry in scheduler.schedule.values():
        assert entry.last_run_at is not None
        entry.last_run_at += timedelta(hours=1)
    return float(scheduler.tick())


@pytest.mark.parametrize(("kind", "goes_on"), [(Steady, True), (Scheduler, False)])
def test_a_clock_set_back_stops_nothing(kind: type[Scheduler], goes_on: bool, redis_url: str) -> None:
    assert (after_a_step_back(kind, redis_url) <= SWEEP_SECONDS) is goes_on


def test_messages_that_nobody_takes_are_not_kept_for_ever(redis: Redis) -> None:
    redis.lpush(VERIFY, *range(MOST_MESSAGES + 5))
    trim(redis)
    assert (redis.llen(VERIFY), redis.lindex(VERIFY, 0)) == (MOST_MESSAGES, b"%d" % (MOST_MESSAGES + 4))
