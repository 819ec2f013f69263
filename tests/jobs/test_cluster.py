"""What a cluster makes of our keys, as docs/scaling.md has it: those of one region or job lie in several slots."""

import pytest
from redis import Redis, ResponseError
from redis.crc import key_slot

from jobs import keys
from jobs.blob import pack_frames
from jobs.history import History
from jobs.job import Job
from jobs.settings import Settings
from jobs.store import Store
from radar.synthetic import storm
from tests.regions import region
from tests.servers import valkey
from tests.waiting import until

pytestmark = pytest.mark.store

JOB = "0" * 32


def slots(*names: str) -> int:
    """How many slots keys lie in."""
    return len({key_slot(name.encode()) for name in names})


@pytest.mark.parametrize(
    "together",
    [
        [keys.job(JOB), keys.frames(JOB), keys.nowcast(JOB), keys.callers(JOB)],
        [*keys.history("here"), keys.unverified("here")],
        [*keys.latest("here"), keys.trouble("here"), keys.unordered("here")],
        keys.skill("here", "series"),
        keys.calibrations("here", "grid", "method", "1"),
    ],
    ids=["job", "history", "latest", "skill", "calibrations"],
)
def test_keys_that_are_used_together_lie_apart(together: list[str]) -> None:
    assert slots(*together) > 1


def serves(redis: Redis) -> bool:
    """True once a cluster serves all slots."""
    return b"cluster_state:ok" in redis.execute_command("CLUSTER", "INFO", NEVER_DECODE=True)  # type: ignore[no-untyped-call]


def test_a_cluster_refuses_a_job_and_a_frame() -> None:
    frames = storm(shape=(8, 8), frames=2)
    with valkey(cluster=True) as url, Redis.from_url(url) as redis:
        redis.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        until(lambda: serves(redis), 30)
        job, store = Job.new("persistence", 1, "0" * 64, 60), Store(redis, Settings(redis_url=url))
        with pytest.raises(ResponseError, match="same slot"):
            store.add(job, pack_frames(frames))
        with pytest.raises(ResponseError, match="same slot"):
            History(redis).append(region(), frames.grid, [(frames.times[0], frames.rain[0])])
