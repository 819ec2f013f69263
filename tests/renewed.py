"""A network that is replaced while it is served: what it is asked, and which of its versions answered."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from model import checkpoint
from model.engine import Engine
from radar.formats import netcdf
from radar.frames import Frames
from radar.nowcast import Nowcast
from radar.synthetic import storm
from tests.processes import Served
from tests.waiting import until

NAME = "renewed"


@dataclass(frozen=True)
class Answer:
    """What was said of the storm of a seed, and under which ETag."""

    seed: int
    nowcast: Nowcast
    tag: str


def past(seed: int) -> Frames:
    """The storm of a seed."""
    return storm((32, 32), 8, seed)


def asked(service: Served, seed: int) -> Answer:
    """The answer to a storm."""
    query = f"?horizon=2&method={NAME}"
    answer = service.post(netcdf.write(past(seed)), query, Accept="application/x-netcdf")
    return Answer(seed, netcdf.read_nowcast(answer.content), answer.headers["etag"])


def engine(data: Path) -> Engine:
    """What runs the network that lies there now."""
    return Engine(*checkpoint.read(data / "checkpoints" / NAME), compiled=False)


def whole(one: Answer, engines: tuple[Engine, ...]) -> bool:
    """True for what the network of the version it names says, and no other does."""
    apart = {
        engine.card.version: float(
            np.nanmean(np.abs(engine.forecast([past(one.seed)], 2)[0].rain - one.nowcast.frames.rain))
        )
        for engine in engines
    }
    return all(4 * apart[one.nowcast.version] < apart[other] for other in apart.keys() - {one.nowcast.version})


def published(service: Served, data: Path) -> Engine:
    """What runs the network that lies there now, once requests are taken for it."""
    now = engine(data)
    until(lambda: now.card.version in [one["version"] for one in methods(service) if one["method"] == NAME])
    return now


def methods(service: Served) -> list[dict[str, Any]]:
    """The card of each method, as callers are shown it."""
    found: list[dict[str, Any]] = httpx.get(f"{service.url}/methods", timeout=60).json()["methods"]
    return found
