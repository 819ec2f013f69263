"""The queue: nothing lost, nothing doubled, nobody starved."""

from time import monotonic
from typing import Any

import pytest
from redis import Redis

from jobs import keys
from jobs.job import Job, Priority
from jobs.queue import FAIR, LOOKS, Queue
from tests.jobs.silence import fall_silent

METHOD = "ms-convlstm"


def job(priority: Priority = Priority.INTERACTIVE) -> Job:
    return Job.new(METHOD, 12, "0" * 64, 60).model_copy(update={"priority": priority})


def submit(queue: Queue, count: int, priority: Priority = Priority.INTERACTIVE) -> list[str]:
    jobs = [job(priority) for _ in range(count)]
    for one in jobs:
        queue.submit(one)
    return [one.id for one in jobs]


def test_jobs_come_out_in_order_as_many_as_wanted(queue: Queue) -> None:
    ids = submit(queue, 5)
    assert [entry.job_id for entry in queue.take(METHOD, "one", 3)] == ids[:3]
    assert [entry.job_id for entry in queue.take(METHOD, "two", 3)] == ids[3:]
    assert queue.take(METHOD, "one", 3) == []


def test_a_burst_is_woken_once(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.queue.WAKE_MILLISECONDS", 60_000)
    assert [queue.submit(job()) for _ in range(3)] == [True, False, False]
    queue.hush(METHOD)
    assert queue.submit(job())


def test_interactive_jobs_come_first_and_scheduled_ones_do_not_starve(queue: Queue) -> None:
    scheduled, interactive = submit(queue, 1, Priority.SCHEDULED), submit(queue, FAIR)
    taken = [queue.take(METHOD, "one", 1)[0].job_id for _ in range(FAIR)]
    assert taken == [*interactive[: FAIR - 1], *scheduled]


def test_what_is_only_measured_comes_last_at_every_turn(queue: Queue) -> None:
    shadows, others = submit(queue, 1, Priority.SHADOW), submit(queue, FAIR)
    taken = [queue.take(METHOD, "one", 1)[0].job_id for _ in range(FAIR + 1)]
    assert taken == [*others, *shadows]


def test_an_entry_of_a_silent_worker_comes_back_alone(queue: Queue) -> None:
    ids = submit(queue, 3)
    queue.take(METHOD, "silent", 2)
    fall_silent(queue, METHOD)
    back = [queue.take(METHOD, "other", 9) for _ in range(3)]
    assert [[entry.job_id for entry in taken] for taken in back] == [[ids[0]], [ids[1]], [ids[2]]]
    assert [taken[0].deliveries for taken in back] == [2, 2, 1]


def test_an_entry_that_is_kept_stays_with_its_worker(queue: Queue) -> None:
    submit(queue, 1)
    entries = queue.take(METHOD, "busy", 1)
    fall_silent(queue, METHOD)
    queue.keep(entries, "busy")
    assert queue.take(METHOD, "other", 1) == []


def test_keeping_counts_as_no_delivery(queue: Queue) -> None:
    submit(queue, 1)
    entries = queue.take(METHOD, "busy", 1)
    queue.keep(entries, "busy")
    fall_silent(queue, METHOD)
    assert queue.take(METHOD, "other", 1)[0].deliveries == 2


def test_it_is_not_looked_for_silent_workers_at_every_take(queue: Queue) -> None:
    submit(queue, 1)
    queue.take(METHOD, "silent", 1)
    fall_silent(queue, METHOD)
    queue.looked[METHOD] = monotonic()
    assert queue.take(METHOD, "other", 1) == []
    queue.looked[METHOD] -= queue.settings.lease_seconds / LOOKS
    assert queue.take(METHOD, "other", 1)


def test_groups_that_went_with_the_store_are_made_again(queue: Queue, redis: Redis) -> None:
    assert queue.take(METHOD, "one", 1) == []
    redis.flushall()
    submit(queue, 1)
    assert queue.take(METHOD, "one", 1)


def test_a_finished_entry_is_gone(queue: Queue, redis: Redis) -> None:
    submit(queue, 1)
    assert queue.backlog(METHOD) == 1
    assert queue.busy() == [METHOD]
    queue.finish(queue.take(METHOD, "one", 1)[0])
    fall_silent(queue, METHOD)
    assert queue.backlog(METHOD) == 0
    assert queue.busy() == []
    assert queue.take(METHOD, "other", 1) == []


def test_a_buried_entry_is_kept_as_a_dead_letter(queue: Queue, redis: Redis) -> None:
    (job_id,) = submit(queue, 1)
    queue.bury(queue.take(METHOD, "one", 1)[0], "it kills")
    letters: Any = redis.xrange(keys.DEAD)
    ((_, letter),) = letters
    assert letter[b"job"].decode() == job_id
    assert letter[b"reason"] == b"it kills"
    assert queue.backlog(METHOD) == 0


@pytest.mark.parametrize("method", ["trajgru", "ms-convlstm"])
def test_methods_do_not_see_each_others_jobs(queue: Queue, method: str) -> None:
    submit(queue, 1)
    assert bool(queue.take(method, "one", 1)) == (method == METHOD)
