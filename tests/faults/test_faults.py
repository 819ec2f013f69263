"""Deaths under load, a full store and disk, clocks that jump, a poison: nobody helps, and all is well again.

Short forms; `python -m tests.soak` is the long one.
"""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from jobs import keys
from jobs.job import Job, Status
from jobs.settings import Settings
from jobs.store import Store
from radar.formats import netcdf
from radar.frames import Frames
from radar.synthetic import storm
from tests.faults.capped import CAPPED, of_region, unbounded
from tests.faults.conftest import SECONDS, House
from tests.faults.deaths import VICTIMS, child, rampage
from tests.faults.load import NETCDF, Load, settle
from tests.faults.poisoned import BATCH, DEADLY, GREEDY, METHOD, WORKER_BYTES
from tests.faults.surroundings import DISK_MIB, full
from tests.processes import children_of
from tests.regions import frames, now
from tests.service.problem import problem
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SEED = int(os.environ.get("NOWCAST_FAULTS_SEED", "1"))
CALLERS = 4


def test_no_accepted_job_is_lost_or_answered_twice_differently(house: House) -> None:
    chance = random.Random(SEED)
    with Load(house.service, CALLERS, SEED) as ledger:
        died = rampage(house.service, chance.sample(list(VICTIMS), len(VICTIMS)), chance, (0.5, 3))
        house.recovers()
    stand = settle(house.service, ledger)
    print(f"killed {dict(died)}; callers were told {dict(ledger.outcomes)}; jobs stand {dict(stand)}")
    assert ledger.unclear == []
    assert stand == Counter(done=len(ledger.jobs))
    assert {job for job, digests in ledger.answers.items() if len(digests) != 1} == set()


def test_a_full_store_is_said_and_survived(house: House) -> None:
    with house.redis as redis:
        redis.config_set("maxmemory", "1mb")
        try:
            problem(house.post(), 503, "store-full")
        finally:
            redis.config_set("maxmemory", "0")


def test_a_full_disk_is_said_and_survived(house: House) -> None:
    if house.disk is None:
        pytest.skip(f"only root can mount a disk of {DISK_MIB} MiB to fill: run this as root")
    done = house.post().json()["id"]
    with full(house.disk):
        until(lambda: house.post(Prefer="respond-async").status_code == 503, SECONDS)
        problem(house.post(), 503, "store-full")
    house.recovers()
    assert httpx.get(f"{house.service.url}/nowcasts/{done}.nc", timeout=60).status_code == 200


@contextmanager
def stepped(house: House, seconds: int) -> Iterator[None]:
    """The clock of all processes jumps, and later jumps back."""
    if not house.clock.there:
        pytest.skip("the clock of tests/faults/clock.c needs a C compiler: install cc")
    house.clock.set(seconds)
    try:
        yield
    finally:
        house.clock.set(0)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_stops_nothing(house: House, hours: int) -> None:
    with stepped(house, hours * 3600):
        house.recovers()


def storm_of(seed: int, corner: float = 0.0) -> bytes:
    """A small storm with a certain rain rate in a corner of its last frame."""
    frames = storm(shape=(12, 12), frames=2, seed=seed)
    rain = frames.rain.copy()
    rain[-1, 0, 0] = corner
    return netcdf.write(Frames(rain, frames.times, frames.grid))


@contextmanager
def poisonable(house: House) -> Iterator[int]:
    """The process id of another worker on the same queues, with a method that some frames crash and others fill."""
    with house.redis as redis:
        socket = str(redis.connection_pool.connection_kwargs["path"])
    said = {"REDIS_URL": f"unix://{socket}", "LEASE_SECONDS": "2", "THREADS": "1", "COMPILED": "false"}
    said["WORKER_BYTES"] = str(WORKER_BYTES)
    environment = {**os.environ, **{f"NOWCAST_{name}": value for name, value in said.items()}}
    options = ["-Q", "drain", "-P", "prefork", "-c", "1", "--loglevel", "ERROR", "-n", "poisonable@here"]
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "tests.faults.poisoned", "worker", *options]
    with subprocess.Popen(command, env=environment) as worker:
        try:
            until(lambda: METHOD in httpx.get(f"{house.service.url}/methods", timeout=60).text, 2 * SECONDS)
            yield worker.pid
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(SECONDS)


def test_a_poison_kills_its_worker_but_not_its_neighbours(house: House) -> None:
    with poisonable(house) as worker, house.redis as redis:
        store = Store(redis, Settings(redis_url="unix://unused"))
        bodies = [storm_of(seed, DEADLY * (seed == BATCH // 2)) for seed in range(BATCH)]
        ended = ends_of(house, store, bodies)
        assert [job.status for job in ended].count(Status.DONE) == BATCH - 1
        assert ended[BATCH // 2].reason == "It was tried 3 times and never came to an end."
        poison = ended[BATCH // 2].id.encode()  # its caller is told before it is kept as a dead letter
        until(lambda: poison in [fields[b"job"] for _, fields in redis.xrange(keys.DEAD)])
        one_without_memory(house, store, worker)


def ends_of(house: House, store: Store, bodies: list[bytes]) -> list[Job]:
    """Jobs for these frames, once all have ended."""
    ids = [house.post(METHOD, body, Prefer="respond-async").json()["id"] for body in bodies]
    until(lambda: all(store.job(one).status.final for one in ids), 2 * SECONDS)
    return [store.job(one) for one in ids]


def one_without_memory(house: House, store: Store, worker: int) -> None:
    """A job that needs more memory than the worker may take falls back; others do not, and the worker begins anew."""
    before = set(children_of(worker))
    bodies = [storm_of(seed, GREEDY * (seed == BATCH + 1)) for seed in range(BATCH, BATCH + 4)]
    nowcasts = [store.nowcast(job) for job in ends_of(house, store, bodies)]
    assert [nowcast.fallback_reason for nowcast in nowcasts] == [None, "memory", None, None]
    until(lambda: set(children_of(worker)) - before != set(), SECONDS)


def test_a_model_file_that_is_replaced_harms_nobody(house: House) -> None:
    weights = house.checkpoint / "weights.safetensors"
    whole = weights.read_bytes()
    before = house.post("ms-convlstm").json()["method"]
    try:
        weights.write_bytes(whole[: len(whole) // 2])
        assert house.post("ms-convlstm").json()["method"] == before
        for pid in child("workers.drainer")(house.service):
            os.kill(pid, signal.SIGKILL)
        house.recovers()
        assert house.post("persistence").status_code == 200
    finally:
        weights.write_bytes(whole)
    for pid in child("workers.drainer")(house.service):
        os.kill(pid, signal.SIGKILL)
    until(lambda: house.post("ms-convlstm").status_code == 200, SECONDS)


def test_every_key_goes_by_itself_or_is_capped(house: House) -> None:
    now.cache_clear()
    url = f"{house.service.url}/regions/brief"
    httpx.put(url, json={"cadence_minutes": 5, "method": "persistence"}, timeout=60).raise_for_status()
    headers = {"Content-Type": NETCDF}
    sent = httpx.post(f"{url}/frames", content=netcdf.write(frames(3, 2, 1, 0)), headers=headers, timeout=60)
    assert sent.is_success, sent.text
    until(lambda: httpx.get(f"{url}/nowcast", timeout=60).is_success, SECONDS)
    with house.redis as redis:
        assert unbounded(redis) == []
        httpx.delete(url, timeout=60).raise_for_status()
        until(lambda: of_region(redis, "brief") == [], SECONDS)


def test_every_cap_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs/reliability.md").read_text(encoding="utf-8")
    assert [key for key, bound in CAPPED.items() if f"| `{key}` | {bound} |" not in text] == []
