"""What a client asks of the service itself, and of one of its regions."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Self
from urllib.parse import quote

import xarray as xr

from nowcast import datasets
from nowcast.datasets import FramesLike, Moment
from nowcast.exchange import JSON, Body, Carrier, Flow, Request, Resource, Work, asked, query
from nowcast.orders import SUMMARY, Found, downloaded


class Named(Resource[Carrier]):
    """A region by its id."""

    @classmethod
    def of(cls, client: Resource[Any], region_id: str) -> Self:
        """The region of this id at the client's service."""
        return cls(client.transport, client.limits, f"/regions/{quote(region_id, safe='')}")


def methods(client: Resource[Any]) -> Flow[list[dict[str, Any]]]:
    """Every method's card."""
    answer = yield from asked(Request("GET", "/methods"), client.limits.until)
    return list(answer.said("methods")["methods"])


def regions(client: Resource[Any]) -> Flow[list[dict[str, Any]]]:
    """Every region, as it was put, and how it does."""
    answer = yield from asked(Request("GET", "/regions"), client.limits.until)
    return list(answer.said("regions")["regions"])


def put(region: Resource[Any], plan: Mapping[str, Any]) -> Flow[dict[str, Any]]:
    """Make the region, or change it: {"cadence_minutes": 5} is enough."""
    request = Request("PUT", region.path, body=Body(json.dumps(dict(plan)).encode(), JSON))
    answer = yield from asked(request, region.limits.until)
    return answer.said()


def about(region: Resource[Any]) -> Flow[dict[str, Any]]:
    """The region as it was put, with the age of its data."""
    answer = yield from asked(Request("GET", region.path), region.limits.until)
    return answer.said()


def delete(region: Resource[Any]) -> Flow[None]:
    """Forget the region and its frames."""
    yield from asked(Request("DELETE", region.path), region.limits.until)


def frames(region: Resource[Any], last: int = 24) -> Flow[xr.Dataset]:
    """The newest frames; one that is missing among them is observed nowhere."""
    return (yield from downloaded(region, f"{region.path}/frames", last=last))


def push(region: Resource[Any], frames: FramesLike) -> Flow[dict[str, Any]]:
    """Send frames, and learn what became of each; the nowcast that follows the newest is ordered."""
    body: Body = yield Work(partial(datasets.packed, frames, region.limits.max_bytes))
    # sent again, a frame that is there already changes nothing, and the same frames are the same job
    answer = yield from asked(Request("POST", f"{region.path}/frames", body=body), region.limits.until)
    return answer.said()


def nowcast(region: Resource[Any]) -> Flow[Found]:
    """The latest nowcast."""
    path = f"{region.path}/nowcast"
    answer = yield from asked(Request("GET", path, headers={"Accept": JSON}), region.limits.until)
    return path, answer.said(*SUMMARY)


def observed(
    region: Resource[Any], lon: float, lat: float, *, hours: float = 2, at: Moment | None = None, ahead: float = 0
) -> Flow[dict[str, Any]]:
    """The rain the radar saw at a place, up to its newest frame, or around the time `at`."""
    said = query(lon=lon, lat=lat, hours=hours, at=datasets.stamped(at), ahead=ahead)
    answer = yield from asked(Request("GET", f"{region.path}/observed", said), region.limits.until)
    return answer.said("times", "rain")


def skill(
    region: Resource[Any], since: Moment | None = None, method: str | None = None, lead: float | None = None
) -> Flow[dict[str, Any]]:
    """How good its nowcasts were, with the counts that say so."""
    said = query(since=datasets.stamped(since), method=method, lead=lead)
    answer = yield from asked(Request("GET", f"{region.path}/skill", said), region.limits.until)
    return answer.said()


def at(region: Resource[Any], time: Moment, method: str | None = None) -> Flow[xr.Dataset]:
    """What was said at a time: the last nowcast that begins at or before it."""
    return (yield from downloaded(region, f"{region.path}/at", time=datasets.stamped(time), method=method))
