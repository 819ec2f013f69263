"""The frames of a job, as a worker gets them."""

from jobs.job import Job
from jobs.store import Store
from radar.frames import Frames


def started(store: Store, job: Job) -> Frames:
    """They come with the job's start."""
    return store.start(job.id)[1]()
