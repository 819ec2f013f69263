"""What tests of regions say to a gateway, all about the region `here`."""

from typing import Any

import httpx

from radar.formats import netcdf
from radar.frames import Frames
from tests.regions import PLACE
from tests.service.bodies import NETCDF

PLAN: dict[str, Any] = {"grid": PLACE.model_dump(mode="json"), "cadence_minutes": 5, "horizon": 3}
CDF = {"Accept": "application/x-netcdf"}
URL = "/regions/here"


def put(client: httpx.Client, name: str = "here", **other: Any) -> httpx.Response:
    return client.put(f"/regions/{name}", json={**PLAN, **other})


def send(client: httpx.Client, sent: Frames) -> httpx.Response:
    return client.post(f"{URL}/frames", content=netcdf.write(sent), headers=NETCDF)


def nowcast(client: httpx.Client, **headers: str) -> httpx.Response:
    return client.get(f"{URL}/nowcast", headers=headers)
