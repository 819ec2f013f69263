"""Celery as we configure it."""

import pytest

from jobs.celery_app import DRAIN, PULL, SWEEP, TICK, VERIFY, broker, create
from jobs.settings import Settings


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("redis://:secret@host:6379/1", "redis://:secret@host:6379/1"),
        ("rediss://host/0", "rediss://host/0"),
        ("unix:///tmp/valkey.sock", "redis+socket:///tmp/valkey.sock"),
        ("unix:///tmp/valkey.sock?db=2", "redis+socket:///tmp/valkey.sock?virtual_host=2"),
    ],
)
def test_the_broker_is_the_store_under_celerys_name(url: str, named: str) -> None:
    assert broker(url) == named


def test_messages_are_json_and_results_stay_in_the_store() -> None:
    conf = create(Settings()).conf
    assert conf.accept_content == ["json"]
    assert conf.task_ignore_result
    assert conf.result_backend is None


def test_the_clock_never_waits_behind_a_batch_or_a_slow_source() -> None:
    routes = create(Settings()).conf.task_routes
    assert len({routes[task]["queue"] for task in (DRAIN, PULL, SWEEP, VERIFY)}) == 4
    assert routes[TICK] == routes[SWEEP]


def test_what_the_clock_sends_is_of_no_use_once_the_next_is_there() -> None:
    beats = create(Settings()).conf.beat_schedule
    assert {beat["task"] for beat in beats.values()} == {SWEEP, TICK, VERIFY}
    assert all(beat["options"]["expires"] <= 2 * beat["schedule"] for beat in beats.values())


def test_a_message_outlives_the_longest_task() -> None:
    conf = create(Settings(deadline_seconds=10)).conf
    assert conf.broker_transport_options["visibility_timeout"] > conf.task_time_limit > 10
