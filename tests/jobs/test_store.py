"""The store: one truth, forwards only, with an end to every key."""

from dataclasses import replace

import numpy as np
import pytest
from redis import Redis

from jobs import keys, signs
from jobs.blob import pack_frames
from jobs.errors import DamagedBlob, JobCancelled, JobExpired, JobFailed, KeyReused, UnknownJob
from jobs.job import Job, Status, digest
from jobs.store import Store
from radar.baselines import BASELINES
from radar.nowcast import Nowcast
from tests.jobs.started import started
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
    np.testing.assert_array_equal(started(store, job).rain, frames().rain)


def test_a_job_that_nobody_knows(store: Store) -> None:
    for ask in (store.job, store.start, store.outcome):
        with pytest.raises(UnknownJob, match="There is no job"):
            ask("f" * 32)
    assert not store.redis.keys()


def test_a_finished_job_has_its_nowcast_and_no_frames(store: Store) -> None:
    job = added(store)
    store.start(job.id)
    assert store.finish(job, nowcast())
    done = store.job(job.id)
    assert done.status is Status.DONE
    assert done.finished is not None
    np.testing.assert_array_equal(store.nowcast(done).frames.rain, nowcast().frames.rain)
    with pytest.raises(UnknownJob, match="no longer kept"):
        started(store, job)


def test_a_job_that_starts_comes_with_its_frames(store: Store) -> None:
    job = added(store)
    started, unpacked = store.start(job.id)
    assert started == job.model_copy(update={"status": Status.RUNNING}) == store.job(job.id)
    np.testing.assert_array_equal(unpacked().rain, frames().rain)
    store.end(job, Status.FAILED, "x")
    ended, unpacked = store.start(job.id)
    assert ended.status is Status.FAILED
    with pytest.raises(UnknownJob, match="no longer kept"):
        unpacked()


def test_a_job_and_the_beginning_of_its_nowcast_come_together(store: Store) -> None:
    job = added(store)
    assert store.outcome(job.id) == (job, b"")
    store.finish(job, nowcast())
    done, head = store.outcome(job.id)
    assert done.status is Status.DONE
    np.testing.assert_array_equal(store.nowcast(done, head=head).frames.rain, nowcast().frames.rain)
    np.testing.assert_array_equal(store.nowcast(done, head=head[:4096]).frames.rain, nowcast().frames.rain)


def test_what_goes_along_with_an_end_goes_once_the_nowcast_is_kept(store: Store, redis: Redis) -> None:
    job = added(store)
    store.finish(job, nowcast(), also=lambda pipe: pipe.copy(keys.nowcast(job.id), "beside"))
    assert redis.get("beside") == redis.get(keys.nowcast(job.id))


def test_the_first_answer_stays(store: Store) -> None:
    job = added(store)
    assert store.finish(job, nowcast("first"))
    assert not store.finish(job, nowcast("second"))
    assert store.start(job.id)[0].status is Status.DONE
    assert not store.end(job, Status.FAILED, "too late")
    assert store.nowcast(store.job(job.id)).version == "first"


@pytest.mark.parametrize(
    ("status", "error"), [(Status.FAILED, JobFailed), (Status.EXPIRED, JobExpired), (Status.CANCELLED, JobCancelled)]
)
def test_a_job_without_a_nowcast_says_why(store: Store, status: Status, error: type[Exception]) -> None:
    job = added(store)
    store.end(job, status, "this is why")
    with pytest.raises(error, match="this is why"):
        store.nowcast(store.job(job.id))


def test_the_first_of_its_content_is_told_so(store: Store) -> None:
    first, second = (Job.new("persistence", 2, "0" * 64, 60) for _ in range(2))
    assert store.add(first, b"frames")
    assert not store.add(second, b"frames")
    assert (store.board(first), store.board(second)) == (first.id, first.id)


def test_one_flight_for_one_content(store: Store) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    assert store.board(first) == first.id
    assert store.board(second) == first.id


def test_a_failed_flight_is_not_joined(store: Store) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    store.board(first)
    store.end(first, Status.FAILED, "x")
    assert store.board(second) == second.id


def test_who_joins_a_flight_is_counted_and_its_nowcast_kept(store: Store, redis: Redis) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    store.board(first)
    store.finish(first, nowcast())
    named = [keys.job(first.id), keys.nowcast(first.id)]
    for key in named:
        redis.expire(key, 20)
    assert store.board(second) == first.id
    assert all(redis.ttl(key) > 50 for key in named)
    assert redis.get(keys.callers(first.id)) == b"2"


def test_a_flight_whose_nowcast_is_gone_is_not_joined(store: Store, redis: Redis) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    store.board(first)
    store.finish(first, nowcast())
    redis.delete(keys.nowcast(first.id))
    assert store.board(second) == second.id


def test_a_fallback_leaves_the_flight_of_another_job(store: Store, redis: Redis) -> None:
    first, second = added(store), added(store, "1" * 64)
    redis.set(keys.flight(first.digest), second.id)
    store.finish(first, replace(nowcast(), fallback_reason="failed"))
    assert redis.get(keys.flight(first.digest)) == second.id.encode()


def test_the_last_caller_cancels(store: Store) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    store.board(first)
    store.board(second)
    assert not store.forgo(first, "enough")
    assert store.job(first.id).status is Status.QUEUED
    assert store.forgo(first, "enough")
    assert (store.job(first.id).status, store.job(first.id).reason) == (Status.CANCELLED, "enough")
    assert store.board(second) == second.id


def test_the_last_caller_takes_the_nowcast_along(store: Store, redis: Redis) -> None:
    job = added(store)
    store.board(job)
    store.finish(job, nowcast())
    assert store.forgo(job, "enough")
    assert list(redis.scan_iter("*")) == []


def test_a_fallback_is_not_joined(store: Store) -> None:
    first, second = added(store), Job.new("persistence", 2, "0" * 64, 60)
    store.board(first)
    store.finish(first, replace(nowcast(), fallback_reason="failed"))
    assert store.board(second) == second.id


def test_an_idempotency_key_stands_for_one_request(store: Store) -> None:
    first, same, other = (added(store, content * 64) for content in "001")
    assert store.claim_key("k", first) is None
    assert store.claim_key("k", same) == first.id
    with pytest.raises(KeyReused):
        store.claim_key("k", other)


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED, Status.CANCELLED, None])
@pytest.mark.parametrize("content", ["0", "1"])
def test_a_key_whose_job_has_nothing_to_give_is_new_again(
    store: Store, redis: Redis, status: Status | None, content: str
) -> None:
    first, second = added(store), added(store, content * 64)
    store.claim_key("k", first)
    if status:
        store.end(first, status, "x")
    else:
        redis.delete(keys.job(first.id))
    assert store.claim_key("k", second) is None
    assert store.claim_key("k", second) == second.id


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


def test_cards_are_seen(store: Store) -> None:
    assert store.cards() == {}
    store.publish_cards([baseline.card for baseline in BASELINES.values()], 60)
    assert store.cards()["persistence"] == BASELINES["persistence"].card
    newer = BASELINES["persistence"].card.model_copy(update={"version": "newer"})
    store.publish_cards([newer], 60)
    assert store.cards()["persistence"] == newer


def test_a_method_that_no_worker_has_any_more_is_gone(store: Store, redis: Redis) -> None:
    cards = [BASELINES[name].card for name in ("persistence", "extrapolation")]
    store.publish_cards(cards, 60)
    assert list(store.cards()) == ["extrapolation", "persistence"]
    redis.delete(keys.card("persistence"))  # its time is up
    store.publish_cards(cards[1:], 60)
    assert list(store.cards()) == ["extrapolation"]


def test_a_heartbeat_keeps_alive_only_what_it_names(store: Store, redis: Redis) -> None:
    store.publish_cards([BASELINES["persistence"].card], 30)
    store.publish_cards([BASELINES["extrapolation"].card], 60)
    assert 0 < redis.ttl(keys.card("persistence")) <= 30


def test_a_damaged_card_is_one_sentence(store: Store, redis: Redis) -> None:
    store.publish_cards([BASELINES["persistence"].card], 60)
    redis.set(keys.card("persistence"), "{}")
    with pytest.raises(DamagedBlob, match="card"):
        store.cards()


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
    signs.warm(redis, "one", 60)
    assert [key for key in redis.scan_iter("*") if redis.ttl(key) < 0] == []
