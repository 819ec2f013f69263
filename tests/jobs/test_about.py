"""What the work at hand is about."""

from jobs.about import about, carried, known, together
from jobs.job import Job
from jobs.queue import Queue


def test_ids_are_known_in_their_block_only() -> None:
    with about(request="r"), about(job="j"):
        assert known() == {"request": "r", "job": "j"}
    assert known() == {}


def test_the_job_itself_is_not_carried_with_it() -> None:
    with about(request="r", region="here", job="j"):
        assert carried() == {"request": "r", "region": "here"}


def test_a_batch_is_about_all_its_jobs() -> None:
    several = [{"request": "r", "job": "a"}, {"job": "b"}, {"request": "r", "job": "c"}]
    assert together(several) == {"request": "r", "job": "a,b,c"}


def test_ids_come_out_of_the_queue_with_their_job(queue: Queue) -> None:
    job = Job.new("persistence", 1, "0" * 64, 60)
    with about(request="r", region="here"):
        queue.submit(job)
    (entry,) = queue.take("persistence", "tester", 1)
    assert entry.ids == {"request": "r", "region": "here", "job": job.id}


def test_an_entry_of_an_older_version_is_about_its_job_only(queue: Queue) -> None:
    job = Job.new("persistence", 1, "0" * 64, 60)
    queue.submit(job)
    (entry,) = queue.take("persistence", "tester", 1)
    assert entry.ids == {"job": job.id}
