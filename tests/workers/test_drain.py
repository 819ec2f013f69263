"""The life of a job in a worker, on a real queue."""

import time

import pytest
from redis import Redis

from jobs import keys
from jobs.blob import pack_frames
from jobs.fallback import Reason
from jobs.job import Job, Status
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.store import Store
from radar.baselines import BASELINES
from radar.frames import Frames
from tests.jobs.silence import fall_silent
from tests.waiting import until
from tests.workers.storms import Fragile, frames
from workers.drain import Drain
from workers.methods import Methods, Plain
from workers.metrics import FALLBACKS
from workers.pace import LEAST


@pytest.fixture
def fragile() -> Fragile:
    return Fragile()


@pytest.fixture
def drain(store: Store, queue: Queue, fragile: Fragile, monkeypatch: pytest.MonkeyPatch) -> Drain:
    """A worker that leaves nothing waiting, however slow it is."""
    monkeypatch.setattr("workers.drain.BURST_SECONDS", 600)
    monkeypatch.setattr("workers.drain.STAY_SECONDS", 600)
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
    listener = redis.pubsub()  # type: ignore[no-untyped-call]
    listener.subscribe(keys.NOTICES)
    assert until(lambda: listener.get_message(timeout=0.1))["type"] == "subscribe"
    job = ordered(store, queue, frames())
    drain.drain("fragile")
    notice = until(lambda: listener.get_message(timeout=0.1))
    listener.close()
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
    fall_silent(queue, "fragile")
    drain.drain("fragile")
    assert store.job(job.id).status is Status.DONE


def test_a_job_that_kills_is_given_up_and_its_neighbours_live(
    drain: Drain, store: Store, queue: Queue, redis: Redis, settings: Settings
) -> None:
    killer, neighbour = ordered(store, queue, frames(1)), ordered(store, queue, frames(2))
    queue.take("fragile", "dies", 2)
    for _ in range(settings.max_deliveries - 1):
        fall_silent(queue, "fragile")
        assert [entry.job_id for entry in queue.take("fragile", "dies", 2)] == [killer.id]
    fall_silent(queue, "fragile")
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
    assert (nowcast.method, nowcast.asked_for, nowcast.fallback_reason) == ("extrapolation", "fragile", "failed")


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


def test_a_method_too_slow_for_the_deadline_is_passed_over_and_tried_again(
    drain: Drain, store: Store, queue: Queue, fragile: Fragile
) -> None:
    before = counted("deadline")
    slow(drain)
    for method, reason in (("extrapolation", "deadline"), ("fragile", None)):
        job = ordered(store, queue, frames(), seconds=25)
        drain.drain("fragile")
        nowcast = store.nowcast(store.job(job.id))
        assert (nowcast.method, nowcast.asked_for, nowcast.fallback_reason) == (method, "fragile", reason)
    assert counted("deadline") == before + 1


def test_only_those_of_a_batch_whose_deadline_is_near_are_hurried(drain: Drain, store: Store, queue: Queue) -> None:
    slow(drain)
    jobs = [ordered(store, queue, frames(), seconds=seconds) for seconds in (1000, 25, 1000)]
    drain.drain("fragile")
    made = [store.nowcast(store.job(job.id)).method for job in jobs]
    assert made == ["fragile", "extrapolation", "fragile"]


def slow(drain: Drain) -> None:
    """The method has taken half a minute, as often as it takes to be believed."""
    for _ in range(LEAST):
        drain.pace.note("fragile", [frames()], 2, 30)


def test_the_pace_is_that_of_what_the_method_itself_made(
    drain: Drain, store: Store, queue: Queue, fragile: Fragile
) -> None:
    for rate in (13, 1, 2, 3):
        ordered(store, queue, frames(rate))
        drain.drain("fragile")
    expected = drain.pace.expected("fragile", [frames()], 2)
    assert expected is not None
    assert 0 < expected < 60
    assert [len(taken) for taken in drain.pace.taken.values()] == [3]


def test_who_answers_in_the_place_of_another_says_of_whom_and_why(drain: Drain, store: Store, queue: Queue) -> None:
    job = Job.new("persistence", 2, "0" * 64, 60)
    instead = job.model_copy(update={"asked_for": "fragile", "fallback_reason": Reason.LOW_SKILL})
    store.add(instead, pack_frames(frames()))
    queue.submit(instead)
    drain.drain("persistence")
    nowcast = store.nowcast(store.job(job.id))
    assert (nowcast.method, nowcast.asked_for, nowcast.fallback_reason) == ("persistence", "fragile", "low_skill")
    assert not nowcast.canary


def counted(reason: str) -> float:
    """How often the method under test was passed over for a reason."""
    return float(FALLBACKS.labels("fragile", reason)._value.get())
