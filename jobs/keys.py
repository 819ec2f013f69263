"""Every Redis key and channel, in one place."""

NOTICES = "nowcast:notices"
"""Channel on which the id of every finished job is published."""
METHODS = "nowcast:methods"
"""Set of the methods that any worker has ever loaded; those whose card is gone are no longer served."""
DEAD = "nowcast:dead"
"""Stream of jobs that were given up after too many deliveries."""
GROUP = "workers"
"""The consumer group of every queue."""
BUSY = "nowcast:busy"
"""Set of the methods that have ever had a job, which the sweep goes through."""


def job(job_id: str) -> str:
    """Hash: the record of a job and where it stands."""
    return f"nowcast:job:{job_id}"


def card(method: str) -> str:
    """The card of a method, kept alive by the workers that have loaded it."""
    return f"nowcast:card:{method}"


def callers(job_id: str) -> str:
    """Counter: how many requests a job answers."""
    return f"nowcast:callers:{job_id}"


def frames(job_id: str) -> str:
    """Blob: the frames a job starts from."""
    return f"nowcast:in:{job_id}"


def nowcast(job_id: str) -> str:
    """Blob: the nowcast of a finished job."""
    return f"nowcast:out:{job_id}"


def flight(digest: str) -> str:
    """The job that answers every request of this content."""
    return f"nowcast:flight:{digest}"


def idempotency(key: str) -> str:
    """The job and content that an Idempotency-Key stands for."""
    return f"nowcast:idempotency:{key}"


def queue(method: str, priority: str) -> str:
    """Stream: the jobs of a method that wait."""
    return f"nowcast:queue:{method}:{priority}"


def wake(method: str) -> str:
    """Flag: a drain of this method is on its way."""
    return f"nowcast:wake:{method}"


def worker(name: str) -> str:
    """Heartbeat of a worker that is warm."""
    return f"nowcast:worker:{name}"
