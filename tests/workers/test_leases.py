"""Entries that a worker holds stay its own, however long it takes; then they come back."""

import threading

import pytest
from redis import Redis

from jobs.blob import pack_frames
from jobs.job import Job
from jobs.queue import Entry, Queue
from jobs.settings import Settings
from jobs.store import Store
from tests.jobs.silence import fall_silent, silent_leases
from tests.waiting import until
from tests.workers.storms import frames
from workers.leases import Leases

LEASE = 2.0


@pytest.fixture
def brief(redis: Redis, settings: Settings) -> Queue:
    return Queue(redis, settings.model_copy(update={"lease_seconds": LEASE}))


def taken(store: Store, queue: Queue) -> list[Entry]:
    job = Job.new("fragile", 2, "0" * 64, 60)
    store.add(job, pack_frames(frames()))
    queue.submit(job)
    return queue.take("fragile", "one", 1)


def renewing() -> set[threading.Thread]:
    """The threads that renew leases, also those of other tests, which go on for a while."""
    return {thread for thread in threading.enumerate() if thread.name == "leases"}


def test_what_is_held_is_given_to_nobody_else_and_then_comes_back(store: Store, brief: Queue) -> None:
    leases, entries = Leases(brief, "one"), taken(store, brief)
    with leases.held(entries):
        fall_silent(brief, "fragile", 0.5)
        until(lambda: silent_leases(brief, "fragile") < 0.5)
        assert brief.take("fragile", "two", 1) == []
    assert [entry.id for entry in until(lambda: given_up(brief))] == [entries[0].id]


def given_up(queue: Queue) -> list[Entry]:
    """What another worker is given once nobody was heard of for a lease."""
    fall_silent(queue, "fragile")
    return queue.take("fragile", "two", 1)


def test_one_thread_renews_batch_after_batch_and_ends_when_there_is_none(store: Store, brief: Queue) -> None:
    leases, before = Leases(brief, "one"), renewing()
    for _ in range(5):
        with leases.held(taken(store, brief)):
            until(lambda: len(renewing() - before) == 1)
    until(lambda: not renewing() - before)
    with leases.held(taken(store, brief)):
        assert len(renewing() - before) == 1
