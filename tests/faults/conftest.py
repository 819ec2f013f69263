"""One service for all faults: its disk can be full and its clock be set, where the machine allows it."""

import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest
from redis import Redis, RedisError

from jobs import keys
from model.checkpoint import SHIPPED
from radar.formats import netcdf
from radar.synthetic import storm
from tests.faults.load import NETCDF
from tests.faults.surroundings import Clock, small_disk
from tests.processes import Served, environment, served
from tests.waiting import until

SECONDS = 240.0
"""A service takes minutes to come back beside other work."""
CHECKPOINT = "ms-convlstm"
UNHEARD_OF = count(1000)
"""Seeds of storms."""


@dataclass(frozen=True)
class House:
    """The service, and what can be done to what it stands on. disk: None where none can be mounted."""

    service: Served
    clock: Clock
    disk: Path | None
    checkpoint: Path

    @property
    def redis(self) -> Redis:
        """A connection to its store."""
        (gateway,) = self.service.children("service.app")
        return Redis.from_url(environment(gateway)["NOWCAST_REDIS_URL"])

    def post(self, method: str = "persistence", body: bytes | None = None, **headers: str) -> httpx.Response:
        """Order a nowcast; of a storm that nobody has ordered before, unless its frames are given."""
        url = f"{self.service.url}/nowcast?method={method}&horizon=3"
        said = {"Content-Type": NETCDF, **{name.replace("_", "-"): headers[name] for name in headers}}
        sent = body or netcdf.write(storm((24, 24), 4, seed=next(UNHEARD_OF)))
        return httpx.post(url, content=sent, headers=said, timeout=240)

    def well(self) -> bool:
        """True when it is ready and answers."""
        try:
            return self.service.ready() and self.post(Prefer="wait=30").status_code == 200
        except httpx.HTTPError:
            return False

    def ticks(self) -> bool:
        """True when its clock gives a sign of life; that sign is then taken away, so that the next one is a new one."""
        try:
            with self.redis as redis:
                return bool(redis.delete(keys.alive("scheduler", socket.gethostname())))
        except (RedisError, ValueError):
            return False

    def recovers(self) -> None:
        """Return when all of it does well again, which nobody helps it to."""
        until(self.well, SECONDS, pause=0.3)
        for _ in range(2):  # the first sign may be one of before
            until(self.ticks, SECONDS)


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if sys.platform != "linux":
        pytest.skip("reads /proc: run these on Linux")
    folder = tmp_path_factory.mktemp("faults")
    clock, checkpoints = Clock(folder), folder / "checkpoints"
    shutil.copytree(SHIPPED / CHECKPOINT, checkpoints / CHECKPOINT)
    settings = {"lease_seconds": 2, "threads": 1, "max_deliveries": 8, "compiled": False, "checkpoints": checkpoints}
    settings["deadline_seconds"] = 1200  # no job is late, however long a service takes to come back
    with small_disk(folder / "data") as mounted, pytest.MonkeyPatch.context() as patch:
        for name, value in clock.environment().items():
            patch.setenv(name, value)
        with served(folder / "data", **settings) as service:
            found = House(service, clock, folder / "data" if mounted else None, checkpoints / CHECKPOINT)
            found.recovers()
            yield found


@pytest.fixture(autouse=True)
def done_well(house: House) -> Iterator[None]:
    """Whatever is done to it, it does well afterwards, as it did before."""
    yield
    house.recovers()
