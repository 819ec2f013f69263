"""How queues stand, from real streams."""

import time

from jobs.job import Job, Priority
from jobs.queue import Queue
from jobs.standing import Standing, dead_letters, standing


def submit(queue: Queue, *priorities: Priority) -> None:
    for priority in priorities:
        queue.submit(Job.new("m", 1, "0" * 64, 60, priority))


def test_nothing_waits(queue: Queue) -> None:
    assert standing(queue.redis, ["m"]) == {"m": Standing()}
    assert dead_letters(queue.redis) == 0


def test_lag_is_what_nobody_has_taken_also_after_entries_were_deleted(queue: Queue) -> None:
    submit(queue, Priority.INTERACTIVE, Priority.INTERACTIVE, Priority.SCHEDULED)
    assert standing(queue.redis, ["m"])["m"].lag == 3
    (first,) = queue.take("m", "worker", 1)
    time.sleep(0.05)
    now = standing(queue.redis, ["m"])["m"]
    assert (now.depth, now.lag) == (3, 2)
    assert 0.05 <= now.oldest < 60
    queue.finish(first)
    submit(queue, Priority.INTERACTIVE)
    later = standing(queue.redis, ["m"])["m"]
    assert (later.depth, later.lag) == (3, 3)


def test_dead_letters_are_counted_also_when_the_stream_forgets_them(queue: Queue) -> None:
    submit(queue, Priority.INTERACTIVE, Priority.INTERACTIVE)
    for held in queue.take("m", "worker", 2):
        queue.bury(held, "It was too much.")
    queue.redis.xtrim("nowcast:dead", maxlen=1)
    assert dead_letters(queue.redis) == 2
    assert standing(queue.redis, ["m"])["m"].depth == 0
