"""When regions are due."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from jobs import keys
from jobs.schedule import Schedule
from tests.regions import region

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HERE = region(publish_delay_seconds=60)
SECOND = timedelta(seconds=1)


@pytest.fixture
def schedule(redis: Redis) -> Schedule:
    return Schedule(redis)


def test_a_new_region_is_due_at_once(schedule: Schedule) -> None:
    assert schedule.next("here") is None
    assert schedule.claim(HERE, NOON)
    assert schedule.next("here") == NOON + timedelta(minutes=1)


def test_one_of_two_clocks_gets_it(schedule: Schedule, redis: Redis) -> None:
    claims = [Schedule(redis).claim(HERE, NOON) for _ in range(4)]
    assert claims == [True, False, False, False]


def test_it_is_due_again_when_the_next_frame_is(schedule: Schedule) -> None:
    schedule.claim(HERE, NOON)
    assert not schedule.claim(HERE, NOON + 59 * SECOND)
    assert schedule.claim(HERE, NOON + 60 * SECOND)
    assert schedule.next("here") == NOON + timedelta(minutes=6)


def test_a_long_pause_is_one_pull(schedule: Schedule) -> None:
    schedule.claim(HERE, NOON)
    late = NOON + timedelta(hours=5)
    assert [schedule.claim(HERE, late + n * SECOND) for n in range(3)] == [True, False, False]


def test_sooner_is_never_later(schedule: Schedule) -> None:
    schedule.claim(HERE, NOON)
    schedule.sooner("here", NOON + 30 * SECOND)
    assert schedule.next("here") == NOON + 30 * SECOND
    schedule.sooner("here", NOON + 45 * SECOND)
    assert schedule.next("here") == NOON + 30 * SECOND


def test_a_deleted_region_stays_away(schedule: Schedule, redis: Redis) -> None:
    schedule.sooner("gone", NOON)
    assert redis.exists(keys.DUE) == 0
