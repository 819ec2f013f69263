"""Ordering a region's nowcast, and the latest one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from redis import Redis

from jobs import celery_app, keys
from jobs.arrivals import arrive
from jobs.errors import NoNowcastYet
from jobs.fallback import Reason
from jobs.job import Job, Priority, Status
from jobs.queue import Queue
from jobs.region import Region
from jobs.regional import Regional
from jobs.store import Store
from radar.baselines import BASELINES
from radar.frames import stamp
from radar.nowcast import Nowcast
from radar.persistence import persistence
from tests.jobs.started import started
from tests.regions import frames, now, region
from tests.service.gateway import CARD

END = now()
HERE = region(method=CARD.method, horizon=3)
Finish = Callable[[Job], Nowcast]


@pytest.fixture
def regional(store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Regional:
    monkeypatch.setattr(celery_app, "wake", [].append)
    store.publish_cards([CARD], 3600)
    return Regional(store, queue)


@pytest.fixture
def finish(store: Store) -> Finish:
    """End a job as a worker would."""

    def finished(job: Job) -> Nowcast:
        past = started(store, job)
        made = Nowcast(persistence(past, job.horizon), CARD.method, CARD.version, CARD.method, past.times)
        store.finish(job, made)
        return made

    return finished


def ordered(regional: Regional, *steps: int, into: Region = HERE, salt: int = 0) -> Job:
    arrive(regional.history, into, frames(*steps, last=END, salt=salt))
    job = regional.order(into)
    assert job is not None
    return job


def test_new_frames_order_one_nowcast_of_low_priority(regional: Regional, store: Store) -> None:
    job = ordered(regional, 2, 1, 0)
    assert (job.method, job.horizon, job.priority) == (CARD.method, 3, Priority.SCHEDULED)
    assert started(store, job).times == frames(2, 1, 0, last=END).times
    assert regional.queue.take(CARD.method, "test", 9)[0].job_id == job.id
    assert regional.order(HERE) is None


def test_the_default_method_is_the_services(regional: Regional) -> None:
    arrive(regional.history, region(), frames(1, 0, last=END))
    assert regional.order(region()) is None
    assert regional.latest.trouble("here") == "No worker has loaded ms-convlstm."


def test_it_is_tried_again_until_a_worker_is_there(regional: Regional, redis: Redis) -> None:
    redis.delete(keys.METHODS)
    arrive(regional.history, HERE, frames(1, 0, last=END))
    assert regional.order(HERE) is None
    regional.store.publish_cards([CARD], 3600)
    assert regional.order(HERE) is not None
    assert regional.latest.trouble("here") is None


def test_too_few_frames_are_trouble_and_no_error(regional: Regional) -> None:
    arrive(regional.history, HERE, frames(0, last=END))
    assert regional.order(HERE) is None
    assert "at least 2 frames" in str(regional.latest.trouble("here"))


def test_frames_before_a_long_gap_are_left_out(regional: Regional, store: Store) -> None:
    arrive(regional.history, HERE, frames(5, 4, last=END))
    assert started(store, ordered(regional, 1, 0)).times == frames(1, 0, last=END).times


def test_a_full_queue_gets_no_more(regional: Regional, store: Store) -> None:
    for salt in range(store.settings.queue_limit):
        ordered(regional, 1, 0, salt=salt)
    arrive(regional.history, HERE, frames(0, last=END, salt=999))
    assert regional.order(HERE) is None
    assert "queue of persistence is full" in str(regional.latest.trouble("here"))


def test_the_latest_nowcast_is_the_one_of_the_last_job_that_is_done(regional: Regional, finish: Finish) -> None:
    with pytest.raises(NoNowcastYet, match="no nowcast yet"):
        regional.latest.get(HERE)
    job = ordered(regional, 2, 1)
    finish(job)
    found, nowcast = regional.latest.get(HERE)
    assert (found.id, nowcast.reference_time) == (job.id, frames(1, last=END).times[0])
    assert regional.latest.reference_time("here") == nowcast.reference_time


def test_a_newer_job_that_is_not_done_leaves_the_older_in_place(regional: Regional, finish: Finish) -> None:
    older = ordered(regional, 2, 1)
    newer = ordered(regional, 0)
    finish(older)
    assert regional.latest.get(HERE)[0].id == older.id
    finish(newer)
    assert regional.latest.get(HERE)[0].id == newer.id


def test_an_older_job_that_ends_later_changes_nothing(regional: Regional, finish: Finish) -> None:
    older, newer = ordered(regional, 2, 1), ordered(regional, 0)
    finish(newer)
    assert regional.latest.get(HERE)[0].id == newer.id
    finish(older)
    assert regional.latest.get(HERE)[0].id == newer.id


def test_the_latest_outlives_its_job(regional: Regional, finish: Finish, store: Store) -> None:
    job = ordered(regional, 1, 0)
    finish(job)
    regional.latest.renew(HERE)
    store.forgo(store.job(job.id), "a stranger's DELETE")
    assert regional.latest.get(HERE)[0].id == job.id


def test_a_job_that_fails_says_why_there_is_no_newer(regional: Regional, finish: Finish, store: Store) -> None:
    finish(ordered(regional, 2, 1))
    failing = ordered(regional, 0)
    store.end(failing, Status.FAILED, "Nothing worked.")
    assert regional.latest.get(HERE)[1].reference_time == frames(1, last=END).times[0]
    assert regional.latest.trouble("here") == "Nothing worked."


def test_a_lost_job_is_trouble(regional: Regional, redis: Redis) -> None:
    redis.delete(keys.job(ordered(regional, 1, 0).id))
    with pytest.raises(NoNowcastYet, match="was lost"):
        regional.latest.get(HERE)


def test_a_frame_issued_again_orders_again(regional: Regional, finish: Finish) -> None:
    first = ordered(regional, 1, 0)
    finish(first)
    again = ordered(regional, 0, salt=1)
    finish(again)
    assert again.id != first.id
    assert regional.latest.get(HERE)[0].id == again.id


def test_every_key_of_the_latest_has_a_time_to_live(regional: Regional, finish: Finish, redis: Redis) -> None:
    finish(ordered(regional, 1, 0))
    regional.latest.renew(HERE)
    ordered(regional, 0, salt=1)
    regional.latest.complain(HERE, "No.")
    lives = [redis.ttl(key) for key in redis.keys("nowcast:region:here:*")]
    assert len(lives) == 9
    assert min(lives) > timedelta(hours=24).total_seconds()


def test_the_reference_time_is_read_without_the_rain(regional: Regional, finish: Finish) -> None:
    assert regional.latest.reference_time("here") is None
    finish(ordered(regional, 1, 0))
    regional.latest.renew(HERE)
    assert stamp(regional.latest.reference_time("here") or END) == stamp(END)


NET = CARD.model_copy(update={"method": "net", "cadence_minutes": (10, 10)})
BASIC = [BASELINES[name].card for name in ("extrapolation", "persistence")]


def test_where_the_card_ends_the_next_method_is_ordered_and_says_why(regional: Regional, store: Store) -> None:
    store.publish_cards([NET, *BASIC], 3600)
    into = region(method="net", horizon=3)
    job = ordered(regional, 1, 0, into=into)
    assert (job.method, job.asked_for, job.fallback_reason) == ("extrapolation", "net", Reason.CADENCE)
    assert {one.method for one in regional.awaited.ordered("here")} == {"extrapolation", "persistence"}
    job = ordered(regional, 0, into=region("there", method="net", horizon=3))
    assert (job.method, job.fallback_reason) == ("persistence", Reason.TOO_FEW_FRAMES)


def test_each_method_of_a_cycle_is_ordered_once(regional: Regional, store: Store) -> None:
    fitting = NET.model_copy(update={"cadence_minutes": None})
    store.publish_cards([fitting, fitting.model_copy(update={"method": "rival"}), *BASIC], 3600)
    into = region(method="net", horizon=3, shadow="rival", canary={"method": "rival", "share": 1})
    job = ordered(regional, 1, 0, into=into)
    assert (job.method, job.asked_for, job.fallback_reason) == ("rival", "net", None)
    jobs = [store.job(one.job_id) for one in regional.awaited.ordered("here")]
    assert {one.method: one.priority for one in jobs} == {
        "rival": Priority.SCHEDULED,
        "persistence": Priority.SCHEDULED,
        "extrapolation": Priority.SCHEDULED,
        "net": Priority.SHADOW,
    }


def test_a_canary_whose_card_ends_loses_its_turn(regional: Regional, store: Store) -> None:
    fitting = NET.model_copy(update={"cadence_minutes": None})
    store.publish_cards([fitting, NET.model_copy(update={"method": "rival"}), *BASIC], 3600)
    job = ordered(regional, 1, 0, into=region(method="net", horizon=3, canary={"method": "rival", "share": 1}))
    assert (job.method, job.asked_for, job.fallback_reason) == ("net", None, None)


def test_what_is_only_measured_leaves_half_of_the_queue_to_others(regional: Regional, store: Store) -> None:
    store.publish_cards([CARD.model_copy(update={"method": "rival"})], 3600)
    into = region(method=CARD.method, horizon=3, shadow="rival")
    for salt in range(store.settings.queue_limit // 2 + 2):
        ordered(regional, 1, 0, into=into, salt=salt)
    assert regional.queue.backlog("rival") == store.settings.queue_limit // 2
