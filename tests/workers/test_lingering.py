"""A worker at the door: jobs that need no wake-up, and nobody kept waiting."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from redis import Redis

from jobs import keys
from jobs.job import Status
from jobs.queue import Queue
from jobs.store import Store
from tests.waiting import until
from tests.workers.storms import Fragile, frames
from tests.workers.test_drain import drain, fragile, ordered
from workers import drain as drains
from workers.drain import Drain
from workers.lingering import Lingering

__all__ = ["drain", "fragile"]
METHOD = "fragile"


@pytest.fixture
def apart() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def staying(drain: Drain, seconds: float = 60, *, wanted: bool = False) -> Drain:
    return replace(drain, lingering=Lingering(drain.queue, "tester", lambda: wanted, seconds))


def begun(apart: ThreadPoolExecutor, drain: Drain) -> Future[bool]:
    """A drain that has run what there was, and waits."""
    done = apart.submit(drain.drain, METHOD)
    until(lambda: drain.queue.redis.exists(keys.wake(METHOD)), 60)
    return done


def test_a_job_that_comes_meanwhile_is_run_without_a_wake_up(
    drain: Drain, store: Store, queue: Queue, apart: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drains, "STAY_SECONDS", 0)
    done = begun(apart, staying(drain))
    job = ordered(store, queue, frames(2))
    assert done.result(60), "it asks to be woken again, as jobs come"
    assert store.job(job.id).status is Status.DONE
    assert queue.submit(job), "and says that nobody waits any more"


@pytest.mark.parametrize("wanted", [False, True])
def test_it_makes_room_only_for_something(
    drain: Drain, fragile: Fragile, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    monkeypatch.setattr(drains, "BURST_SECONDS", 0)
    monkeypatch.setattr(fragile, "max_batch", 1)
    for rate in (1, 2):
        ordered(drain.store, drain.queue, frames(rate))
    assert staying(drain, 0, wanted=wanted).drain(METHOD) == wanted
    assert fragile.batches == ((1,) if wanted else (1, 1))


def test_a_job_in_the_queue_of_one_who_waits_sends_no_wake_up(queue: Queue) -> None:
    queue.attend(METHOD)
    assert not queue.claim_wake(METHOD)
    queue.hush(METHOD)
    assert queue.claim_wake(METHOD)


@pytest.mark.parametrize("alone", [False, True])
def test_while_it_works_jobs_need_a_wake_up_where_others_could_run_them(queue: Queue, alone: bool) -> None:
    lingering = Lingering(queue, "tester", lambda: False, alone=lambda: alone)
    queue.attend(METHOD)
    lingering.busy(METHOD)
    assert queue.claim_wake(METHOD) != alone


@pytest.mark.parametrize(("seconds", "wanted"), [(0, False), (60, True)])
def test_it_goes_when_time_is_up_or_something_else_is_wanted(
    drain: Drain, redis: Redis, seconds: float, wanted: bool
) -> None:
    assert not staying(drain, seconds, wanted=wanted).drain(METHOD)
    assert not redis.exists(keys.wake(METHOD))


def test_what_came_as_it_went_is_not_left_behind(drain: Drain, store: Store, queue: Queue, fragile: Fragile) -> None:
    going = Lingering(queue, "tester", lambda: bool(ordered(store, queue, frames(3))))
    assert not replace(drain, lingering=going).drain(METHOD)
    assert fragile.batches == (1,)


def test_a_queue_that_is_not_there_is_made(queue: Queue, store: Store) -> None:
    assert queue.wait(METHOD, "tester", 1) == []
    job = ordered(store, queue, frames(1))
    assert [entry.job_id for entry in queue.wait(METHOD, "tester", 1000)] == [job.id]
