"""A real gateway with a worker, and the two clients before it."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
import xarray as xr

from nowcast import datasets
from nowcast.client import AsyncClient, Client
from nowcast.exchange import NETCDF
from radar.formats import netcdf
from radar.frames import Frames
from radar.synthetic import storm
from tests import loops
from tests.jobs.conftest import queue, redis
from tests.regions import steady_clock
from tests.servers import redis_server, redis_url
from tests.service.conftest import client, gateway, idle, settings, store, wakes

__all__ = [
    "client",
    "gateway",
    "idle",
    "queue",
    "redis",
    "redis_server",
    "redis_url",
    "settings",
    "steady_clock",
    "store",
    "wakes",
]
Story = Callable[[Any], Generator[Any, Any, Any]]
"""What is done with a client: each yield hands over what an operation gave, and takes back its result."""
Tell = Callable[..., Any]


def dataset(frames: Frames) -> xr.Dataset:
    """Frames as their user has them."""
    return datasets.dataset(netcdf.write(frames), NETCDF, 2**26)


@pytest.fixture
def past() -> xr.Dataset:
    return dataset(storm((16, 24), 4))


def blocking(url: object, story: Story, **options: Any) -> Any:
    """A story told with the blocking client."""
    with Client(str(url), **options) as client:
        steps = story(client)
        came = next(steps)
        while True:
            try:
                came = steps.send(came)
            except StopIteration as end:
                return end.value


def waiting(url: object, story: Story, **options: Any) -> Any:
    """A story told with the asynchronous client, which has everything awaited."""

    async def told() -> Any:
        async with AsyncClient(str(url), **options) as client:
            steps = story(client)
            step = next(steps)
            while True:
                try:
                    step = steps.send(await step)
                except StopIteration as end:
                    return end.value

    return loops.run(told())


@pytest.fixture(params=[blocking, waiting], ids=["blocking", "waiting"])
def tell(request: pytest.FixtureRequest) -> Tell:
    """Tell a story with one client and with the other."""
    told: Tell = request.param
    return told
