"""The store: one truth, forwards only, with an end to every key."""

from dataclasses import replace

import numpy as np
import pytest
from redis import Redis

from jobs import keys
from jobs.blob import pack_frames
from jobs.errors import DamagedBlob, JobExpired, JobFailed, KeyReused, UnknownJob
from jobs.job import Job, Status, digest
from jobs.store import Store
from radar.baselines import BASELINES
from radar.nowcast import Nowcast
from tests.jobs.test_blob import frames


def added(store: Store, content: str = "0" * 64) -> Job:
    job = Job.new("persistence", 2, content, 60)
    store.add(job, pack_frames(frames()))
    return job


def nowcast(value: str = "1") -> Nowcast:
    past = frames()
    future = BASELINES["persistence"].forecast(past, 2)
    return Nowcast(future, "persistence", value, "persistence", past.times)


def test_a_job_comes_back_as_it_was_put(store: Store) -> None:
    job = added(store)
    assert store.job(job.id) == job
    np.testing.assert_array_equal(store.frames(job).rain, frames().rain)


def test_a_job_that_nobody_knows(store: Store) -> None:
    with pytest.raises(UnknownJob, match="There is no job"):
        store.job("f" * 32)


def test_a_finished_job_has_its_nowcast_and_no_frames(store: Store) -> None:
    job = added(store)
    assert store.start(job)
    assert store.job(job.id).status is Status.RUNNING
    assert store.finish(job, nowcast())
    done = store.job(job.id)
    assert done.status is Status.DONE
    assert done.finished is not None
    np.testing.assert_array_equal(store.nowcast(done).frames.rain, nowcast().frames.rain)
    with pytest.raises(UnknownJob, match="no longer kept"):
        store.frames(job)


def test_the_first_answer_stays(store: Store) -> None:
    job = added(store)
    assert store.finish(job, nowcast("first"))
    assert not store.finish(job, nowcast("second"))
    assert not store.start(job)
    assert not store.end(job, Status.FAILED, "too late")
    assert store.nowcast(store.job(job.id)).version == "first"


@pytest.mark.parametrize(("status", "error"), [(Status.FAILED, JobFailed), (Status.EXPIRED, JobExpired)])
def test_a_job_without_a_nowcast_says_why(store: Store, status: Status, error: type[Exception]) -> None:
    job = added(store)
    store.end(job, status, "this is why")
    with pytest.raises(error, match="this is why"):
        store.nowcast(store.job(job.id))


def test_one_flight_for_one_content(store: Store) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    assert store.board(first) == first.id
    assert store.board(second) == first.id


def test_a_failed_flight_is_not_joined(store: Store) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    store.board(first)
    store.end(first, Status.FAILED, "x")
    assert store.board(second) == second.id


def test_a_fallback_is_not_joined(store: Store) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    store.board(first)
    store.finish(first, replace(nowcast(), fallback_reason="method-failed"))
    assert store.board(second) == second.id


def test_an_idempotency_key_stands_for_one_request(store: Store) -> None:
    first, same, other = (Job.new("persistence", 2, content * 64, 60) for content in "001")
    assert store.claim_key("k", first) is None
    assert store.claim_key("k", same) == first.id
    with pytest.raises(KeyReused):
        store.claim_key("k", other)


def test_the_digest_tells_every_option_apart() -> None:
    blob = pack_frames(frames())
    digests = {
        digest(blob, "a", "1", 2),
        digest(blob, "b", "1", 2),
        digest(blob, "a", "2", 2),
        digest(blob, "a", "1", 3),
    }
    assert len(digests) == 4
    assert digest(blob, "a", "1", 2) in digests


def test_cards_and_workers_are_seen(store: Store) -> None:
    assert store.cards() == {}
    store.publish_cards([baseline.card for baseline in BASELINES.values()], 60)
    assert store.cards()["persistence"] == BASELINES["persistence"].card
    store.beat("one", 60)
    store.beat("two", 60)
    assert store.warm_workers() == 2


@pytest.mark.parametrize("field", ["status", "horizon", "digest", "deadline"])
def test_a_damaged_record_is_one_sentence(store: Store, redis: Redis, field: str) -> None:
    job = added(store)
    redis.hset(keys.job(job.id), field, "\xff nonsense")
    with pytest.raises(DamagedBlob, match=f"record of job {job.id}"):
        store.job(job.id)


def test_every_key_has_an_end(store: Store, redis: Redis) -> None:
    job = added(store)
    store.board(job)
    store.claim_key("k", job)
    store.finish(job, nowcast())
    store.publish_cards([BASELINES["persistence"].card], 60)
    store.beat("one", 60)
    assert [key for key in redis.scan_iter("*") if redis.ttl(key) < 0] == []
