"""What a client asks of the alerts and the replays of a region."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from nowcast import datasets
from nowcast.datasets import FramesLike
from nowcast.exchange import JSON, Body, Flow, Request, Resource, Work, asked, query


def alerts(region: Resource[Any]) -> Flow[list[dict[str, Any]]]:
    """Every alert of the region, and what became of it."""
    answer = yield from asked(Request("GET", f"{region.path}/alerts"), region.limits.until)
    return list(answer.said("alerts")["alerts"])


def alert(region: Resource[Any], name: str) -> Flow[dict[str, Any]]:
    """One alert, its events and how they turned out."""
    return (yield from asked(Request("GET", part(region, "alerts", name)), region.limits.until)).said()


def put_alert(region: Resource[Any], name: str, plan: Mapping[str, Any]) -> Flow[dict[str, Any]]:
    """Make an alert, or change it: a geometry, a threshold, and whom to tell."""
    body = Body(json.dumps(dict(plan)).encode(), JSON)
    request = Request("PUT", part(region, "alerts", name), body=body)
    return (yield from asked(request, region.limits.until)).said()


def delete_alert(region: Resource[Any], name: str) -> Flow[None]:
    """Forget an alert and its messages."""
    yield from asked(Request("DELETE", part(region, "alerts", name)), region.limits.until)


def replay(
    region: Resource[Any],
    frames: FramesLike | None = None,
    *,
    event: str | None = None,
    speed: float = 60,
    method: str | None = None,
) -> Flow[dict[str, Any]]:
    """Send a past storm through the pipeline of the region: frames, or an event in the operator's folder.

    Sent again because no answer came, it may begin twice; each has an id of its own.
    """
    body = Body() if frames is None else (yield Work(partial(datasets.packed, frames, region.limits.max_bytes)))
    request = Request("POST", f"{region.path}/replays", query(event=event, speed=speed, method=method), body=body)
    return (yield from asked(request, region.limits.until)).said("id", "state")


def replays(region: Resource[Any]) -> Flow[list[dict[str, Any]]]:
    """Every replay of the region, the last one first."""
    answer = yield from asked(Request("GET", f"{region.path}/replays"), region.limits.until)
    return list(answer.said("replays")["replays"])


def replayed(region: Resource[Any], replay_id: str) -> Flow[dict[str, Any]]:
    """How far a replay is, with its skill report."""
    return (yield from asked(Request("GET", part(region, "replays", replay_id)), region.limits.until)).said("state")


def end_replay(region: Resource[Any], replay_id: str) -> Flow[None]:
    """End a replay and forget all that came of it."""
    yield from asked(Request("DELETE", part(region, "replays", replay_id)), region.limits.until)


def part(region: Resource[Any], kind: str, name: str) -> str:
    """The path of an alert or a replay."""
    return f"{region.path}/{kind}/{quote(name, safe='')}"
