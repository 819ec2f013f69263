"""The life of a job in a worker, on a real queue."""

import time

import pytest
from redis import Redis

from jobs import keys
from jobs.blob import pack_frames
from jobs.job import Job, Status
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from radar.baselines import BASELINES
from radar.frames import Frames
from tests.workers.storms import Fragile, frames
from workers.drain import Drain
from workers.methods import Methods, Plain


@pytest.fixture
def fragile() -> Fragile:
    return Fragile()


@pytest.fixture
def drain(store: Store, queue: Queue, fragile: Fragile) -> Drain:
    methods: Methods = {"fragile": fragile, **{name: Plain(baseline) for name, baseline in BASELINES.items()}}
    return Drain(store, queue, methods, "tester")


def ordered(store: Store, queue: Queue, past: Frames, horizon: int = 2, seconds: float = 60) -> Job:
    job = Job.new("fragile", horizon, "0" * 64, seconds)
    store.add(job, pack_frames(past))
    queue.submit(job)
    return job


def test_what_waits_runs_as_one_batch(drain: Drain, store: Store, queue: Queue, fragile: Fragile) -> None:
    jobs = [ordered(store, queue, frames(rate)) for rate in (1, 2, 3)]
    assert not drain.drain("fragile")
    assert fragile.batches == (3,)
    rates = [store.nowcast(store.job(job.id)).frames.rain.max() for job in jobs]
    assert rates == [1, 2, 3]
    assert queue.backlog("fragile") == 0


def test_unequal_shapes_and_horizons_run_apart(drain: Drain, store: Store, queue: Queue, fragile: Fragile) -> None:
    ordered(store, queue, frames(side=4))
    ordered(store, queue, frames(side=5))
    ordered(store, queue, frames(side=5), horizon=3)
    drain.drain("fragile")
    assert fragile.batches == (1, 1, 1)


def test_a_finished_job_is_noticed(drain: Drain, store: Store, queue: Queue, redis: Redis) -> None:
    listener = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    listener.subscribe(keys.NOTICES)
    listener.get_message(timeout=1)
    job = ordered(store, queue, frames())
    drain.drain("fragile")
    notice = listener.get_message(timeout=5)
    listener.close()
    assert notice is not None
    assert notice["data"].decode() == job.id


def test_a_late_job_is_dropped_and_not_computed(drain: Drain, store: Store, queue: Queue, fragile: Fragile) -> None:
    job = ordered(store, queue, frames(), seconds=0.01)
    time.sleep(0.05)
    drain.drain("fragile")
    assert store.job(job.id).status is Status.EXPIRED
    assert fragile.batches == ()
    assert queue.backlog("fragile") == 0


def test_a_cancelled_job_is_not_computed(drain: Drain, store: Store, queue: Queue, fragile: Fragile) -> None:
    job = ordered(store, queue, frames())
    store.end(job, Status.CANCELLED)
    drain.drain("fragile")
    assert fragile.batches == ()
    assert queue.backlog("fragile") == 0


def test_a_job_delivered_twice_is_answered_once(drain: Drain, store: Store, queue: Queue, fragile: Fragile) -> None:
    job = ordered(store, queue, frames())
    queue.submit(job)
    drain.drain("fragile")
    drain.drain("fragile")
    assert fragile.batches == (1,)
    assert store.job(job.id).status is Status.DONE
    assert queue.backlog("fragile") == 0


def test_a_job_of_a_silent_worker_is_taken_over(drain: Drain, store: Store, queue: Queue) -> None:
    job = ordered(store, queue, frames())
    queue.take("fragile", "silent", 1)
    time.sleep(0.3)
    drain.drain("fragile")
    assert store.job(job.id).status is Status.DONE


def test_a_job_that_kills_is_given_up_and_its_neighbours_live(
    drain: Drain, store: Store, queue: Queue, redis: Redis, settings: Settings
) -> None:
    killer, neighbour = ordered(store, queue, frames(1)), ordered(store, queue, frames(2))
    queue.take("fragile", "dies", 2)
    for _ in range(settings.max_deliveries - 1):
        time.sleep(0.3)
        assert [entry.job_id for entry in queue.take("fragile", "dies", 2)] == [killer.id]
    time.sleep(0.3)
    drain.drain("fragile")
    assert store.job(killer.id).status is Status.FAILED
    assert "tried 3 times" in str(store.job(killer.id).reason)
    assert store.job(neighbour.id).status is Status.DONE
    assert redis.xlen(keys.DEAD) == 1


def test_a_job_whose_frames_are_gone_fails_with_a_reason(
    drain: Drain, store: Store, queue: Queue, redis: Redis
) -> None:
    job = ordered(store, queue, frames())
    redis.delete(keys.frames(job.id))
    drain.drain("fragile")
    assert store.job(job.id).status is Status.FAILED
    assert "no longer kept" in str(store.job(job.id).reason)


def test_an_entry_without_a_job_is_buried(drain: Drain, store: Store, queue: Queue, redis: Redis) -> None:
    job = ordered(store, queue, frames())
    redis.delete(keys.job(job.id))
    drain.drain("fragile")
    assert redis.xlen(keys.DEAD) == 1
    assert queue.backlog("fragile") == 0


def test_a_fallback_reaches_the_caller(drain: Drain, store: Store, queue: Queue) -> None:
    job = ordered(store, queue, frames(13))
    drain.drain("fragile")
    nowcast = store.nowcast(store.job(job.id))
    assert (nowcast.method, nowcast.asked_for, nowcast.fallback_reason) == ("extrapolation", "fragile", "method-failed")


def test_a_job_that_no_method_can_answer_fails_at_once_and_alone(
    drain: Drain, store: Store, queue: Queue, fragile: Fragile
) -> None:
    drain.methods.update({"extrapolation": fragile, "persistence": fragile})
    bad, good = ordered(store, queue, frames(13)), ordered(store, queue, frames(1))
    drain.drain("fragile")
    assert store.job(bad.id).status is Status.FAILED
    assert "Neither" in str(store.job(bad.id).reason)
    assert store.job(good.id).status is Status.DONE
    assert queue.backlog("fragile") == 0


def test_jobs_of_a_method_that_is_not_loaded_are_left_to_others(drain: Drain, store: Store, queue: Queue) -> None:
    job = ordered(store, queue, frames())
    del drain.methods["fragile"]
    assert not drain.drain("fragile")
    assert store.job(job.id).status is Status.QUEUED
    assert queue.backlog("fragile") == 1
