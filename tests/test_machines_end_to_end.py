"""Two gateways and two workers, each on a machine of its own; one of each is cut off in the middle of its work."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from redis import Redis

from jobs import keys
from jobs.job import Priority
from radar.formats import netcdf
from radar.synthetic import storm
from tests.machines import Machine, network
from tests.processes import children_of
from tests.servers import BINARY
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

METHOD, JOBS, SIDE, NEVER_ORDERED = "ms-convlstm", 6, 256, 10**6
"""So many jobs at a time, of so many pixels a side: more than one worker does while another wakes up."""
STREAM = keys.queue(METHOD, Priority.INTERACTIVE)
START_SECONDS, END_SECONDS = 400.0, 400.0


@dataclass(frozen=True)
class Apart:
    """The roles of a service, each on its machine."""

    store: Machine
    gateways: list[Machine]
    workers: list[Machine]

    @property
    def redis(self) -> Redis:
        return Redis(host=self.store.address)

    def warm(self) -> int:
        """How many workers say that they are there."""
        with self.redis as redis:
            return sum(1 for _ in redis.scan_iter(keys.worker("*")))

    def waits(self) -> int:
        """Jobs that wait or run."""
        with self.redis as redis:
            return int(redis.xlen(STREAM))

    def at_work(self, worker: Machine) -> bool:
        """True when a worker has taken a job and not finished it."""
        family = {pid for one in worker.processes for child in children_of(one.pid) for pid in children_of(child)}
        with self.redis as redis:
            held = redis.xinfo_consumers(STREAM, keys.GROUP) if redis.exists(STREAM) else []
        return any(one["pending"] and int(one["name"].rpartition(b"-")[2]) in family for one in held)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    folder = tmp_path_factory.mktemp("machines")
    with network(folder, "store", "gateway1", "gateway2", "worker1", "worker2") as (store, *others):
        store.run(str(BINARY), "--bind", store.address, "--protected-mode", "no", "--save", "", "--dir", str(folder))
        for machine, roles in zip((*others, store), (*["gateway"] * 2, *["worker"] * 2, "scheduler"), strict=True):
            serve(machine, roles, store)
        found = Apart(store, others[:2], others[2:])
        until(lambda: all(map(ready, found.gateways)) and found.warm() == 2, START_SECONDS)
        yield found


def serve(machine: Machine, role: str, store: Machine) -> None:
    """Start a role on a machine, with nothing of this one."""
    settings = {
        "NOWCAST_REDIS_URL": f"redis://{store.address}:6379/0",
        "NOWCAST_ACCESS": "open",
        "NOWCAST_LEASE_SECONDS": "4",
        "NOWCAST_MAX_DELIVERIES": "8",
        "NOWCAST_THREADS": "1",
        "NOWCAST_COMPILED": "false",
    }
    where = ("--host", machine.address, "--data", str(machine.folder / machine.name))
    machine.run(sys.executable, "-m", "cli", "serve", "--role", role, *where, settings=settings)


def url(gateway: Machine, path: str) -> str:
    return f"http://{gateway.address}:8000{path}"


def ready(gateway: Machine) -> bool:
    try:
        return httpx.get(url(gateway, "/health/ready"), timeout=10).is_success
    except httpx.HTTPError:
        return False


def order(gateway: Machine, number: int) -> str:
    """The id of a job; the same number is the same job again, at whatever gateway."""
    sent = netcdf.write(storm(shape=(SIDE, SIDE), frames=6, seed=number))
    headers = {"Content-Type": "application/x-netcdf", "Prefer": "respond-async", "Idempotency-Key": f"k{number}"}
    answer = httpx.post(url(gateway, f"/nowcast?method={METHOD}"), content=sent, headers=headers, timeout=120)
    assert answer.status_code in (200, 202), answer.text
    return str(answer.json()["id"])


def ordered_until_at_work(apart: Apart, worker: Machine) -> list[str]:
    """The ids of jobs for both gateways in turn, always some in the queue, until this worker has taken one too."""
    ids: list[str] = []

    def at_work() -> bool:
        if apart.waits() < JOBS:
            ids.append(order(apart.gateways[len(ids) % 2], len(ids)))
        return apart.at_work(worker)

    until(at_work, END_SECONDS, pause=0.02)
    return ids


def result(gateway: Machine, job_id: str) -> bytes:
    """The nowcast of a job as it is served."""
    answer = httpx.get(url(gateway, f"/nowcasts/{job_id}.nc"), timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_who_is_cut_off_loses_no_job_and_answers_none_otherwise(apart: Apart) -> None:
    (near, far), goes = apart.gateways, apart.workers[1]
    ids = ordered_until_at_work(apart, goes)
    goes.cut()
    far.cut()
    assert not ready(far)
    assert far.seen_from_within(url(far, "/methods")) == 503
    until(lambda: not apart.waits(), END_SECONDS)
    before = [result(near, job_id) for job_id in ids]
    goes.heal()
    far.heal()
    until(lambda: ready(far) and apart.warm() == 2, START_SECONDS)
    assert [order(far, number) for number in range(len(ids))] == ids
    assert [result(far, job_id) for job_id in ids] == before
    with apart.redis as redis:
        assert redis.exists(keys.DEAD) == 0


def test_who_was_cut_off_works_again(apart: Apart) -> None:
    """The last of this file: the worker that stayed goes."""
    apart.workers[0].cut()
    job_id = order(apart.gateways[1], NEVER_ORDERED)
    until(lambda: not apart.waits(), END_SECONDS)
    assert result(apart.gateways[1], job_id)
