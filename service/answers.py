"""In which shape a nowcast is answered: one table, chosen from by Accept."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from jobs.job import Job
from jobs.store import Store
from radar.card import Card, Score
from radar.errors import BadInput
from radar.formats import geotiff_write, gif, netcdf, npz_write, picture
from radar.nowcast import Nowcast
from service.bundle import bundled
from service.conditional import date, unchanged
from service.errors import NotAcceptable
from service.summary import summary

JSON, NETCDF, PNG, GIF = "application/json", "application/x-netcdf", "image/png", "image/gif"
GEOTIFF, ZIP, NPZ = "image/tiff", "application/zip", "application/x-npz"


@dataclass(frozen=True)
class Result:
    """A finished job with what there is to say about it; cards: looks up those there are."""

    job: Job
    nowcast: Nowcast
    cards: Callable[[], dict[str, Card]]

    @cached_property
    def skill(self) -> tuple[Score, ...]:
        """The scores of what made it; looked up for a shape that tells them."""
        return skill(self.cards().values(), self.nowcast.method)


def as_json(result: Result) -> bytes:
    """A summary, with the rain itself when that is little."""
    return summary(result.job, result.nowcast, result.skill).model_dump_json().encode()


def as_netcdf(result: Result) -> bytes:
    """The nowcast, lossless."""
    return netcdf.write_nowcast(result.nowcast)


def as_npz(result: Result) -> bytes:
    """The nowcast as arrays, with chances where the order named thresholds."""
    return npz_write.write_nowcast(result.nowcast, chances=result.job.thresholds is not None)


def as_animation(result: Result) -> bytes:
    """The nowcast to look at."""
    return picture.animation(result.nowcast.frames)


def as_gif(result: Result) -> bytes:
    """The nowcast to look at where nothing else is played."""
    return gif.animation(result.nowcast.frames)


def as_geotiff(result: Result) -> bytes:
    """The nowcast, lossless, a band a lead."""
    with writable(GEOTIFF):
        return geotiff_write.write_nowcast(result.nowcast)


def as_zip(result: Result) -> bytes:
    """A GeoTIFF a lead, and the summary."""
    with writable(ZIP):
        return bundled(result.nowcast, as_json(result))


@contextmanager
def writable(media: str) -> Iterator[None]:
    """NotAcceptable for a nowcast that this shape cannot hold."""
    try:
        yield
    except BadInput as error:
        raise NotAcceptable(f"This nowcast cannot be written as {media}: {error}") from error


ANSWERS: dict[str, Callable[[Result], bytes]] = {
    JSON: as_json,
    NETCDF: as_netcdf,
    "application/netcdf": as_netcdf,
    PNG: as_animation,
    "image/apng": as_animation,
    GIF: as_gif,
    GEOTIFF: as_geotiff,
    ZIP: as_zip,
    NPZ: as_npz,
}
"""What may be asked for, the first being the default, and what writes it."""
RAIN_ALONE = {PNG, "image/apng", GIF, GEOTIFF}
"""The shapes that never tell chances."""
FILES = {"nc": NETCDF, "tif": GEOTIFF, "png": PNG, "gif": GIF, "zip": ZIP, "npz": NPZ}
"""The shapes that have a path of their own, by how it ends."""


async def chosen(request: Request) -> str:
    """The media type of the table that the caller likes best, or NotAcceptable."""
    return preferred(request, ANSWERS, "nowcast")


def preferred(request: Request, offered: Collection[str], what: str) -> str:
    """The media type among those on offer that the caller likes best, or NotAcceptable."""
    said = ", ".join(request.headers.getlist("accept")) or "*/*"
    weights = dict(map(weighted, said.lower().split(",")))
    liked = {media: quality(media, weights) for media in offered}
    best = max(liked, key=liked.__getitem__)
    if liked[best] <= 0:
        raise NotAcceptable(f"There is no {what} as {said[:80]!r}; there is {', '.join(offered)}.")
    return best


Chosen = Annotated[str, Depends(chosen)]


def weighted(text: str) -> tuple[str, float]:
    """One range of an Accept header with its weight."""
    media, *parameters = (part.strip() for part in text.split(";"))
    said = [part[2:] for part in parameters if part.startswith("q=")]
    try:
        weight = float(said[0]) if said else 1.0
    except ValueError:
        weight = 0.0
    return media, weight if 0 <= weight <= 1 else 0.0  # not a number is not one either


def quality(media: str, weights: dict[str, float]) -> float:
    """The weight of the most specific range that covers a type."""
    ranges = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((weights[covering] for covering in ranges if covering in weights), 0.0)


def respond(store: Store, job: Job, media: str, request: Request | None = None, head: bytes = b"") -> Response:
    """The nowcast of a finished job in this shape, or 304 for a request whose caller has it; call it in a thread.

    head: the beginning of the stored nowcast, where that is here already.
    """
    if request is not None and job.finished and unchanged(request, etag(job, media), job.finished):
        return Response(status_code=304, headers=identity(job, media))
    nowcast = store.nowcast(job, chances=told(media, job), head=head)
    body = ANSWERS[media](Result(job, nowcast, store.cards))
    return Response(body, headers=labels(job, nowcast, media), media_type=media)


def told(media: str, job: Job) -> bool:
    """True for a shape that tells the chances of this job: they are more bytes than its rain."""
    return media not in RAIN_ALONE and (media != NPZ or job.thresholds is not None)


def skill(cards: Iterable[Card], method: str) -> tuple[Score, ...]:
    """The scores of a method; those of the baselines stand in the cards of the networks they were compared with."""
    scores = (score for card in cards for score in card.scores if score.method == method)
    return tuple(dict.fromkeys(scores))


def etag(job: Job, media: str, more: str = "") -> str:
    """The content of a job in one shape, as a cache may hold several; weak, because its bytes may differ."""
    return f'W/"{job.digest}-{media.rpartition("/")[2]}{more}"'


def identity(job: Job, media: str) -> dict[str, str]:
    """The headers by which a copy of a nowcast is known."""
    modified = {"Last-Modified": date(job.finished)} if job.finished else {}
    return {"Content-Location": f"/nowcasts/{job.id}", "ETag": etag(job, media), "Vary": "Accept", **modified}


def labels(job: Job, nowcast: Nowcast, media: str) -> dict[str, str]:
    """What the headers say in every shape."""
    said = {**identity(job, media), "Nowcast-Method": nowcast.method}
    canary = {"Nowcast-Canary": "true"} if nowcast.canary else {}
    reason = {"Nowcast-Fallback-Reason": plain(nowcast.fallback_reason)} if nowcast.fallback_reason else {}
    return said | canary | reason


def plain(text: str) -> str:
    """Text that a header can carry."""
    return " ".join(text.encode("ascii", "replace").decode().split())
