"""A region as its JSON shows it, and its nowcast in every shape."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from jobs.job import Job
from jobs.pulls import Pulls
from jobs.region import Plan, Region
from jobs.regional import Regional
from jobs.schedule import Schedule
from radar.nowcast import Nowcast
from service import answers
from service.answers import ANSWERS, JSON
from service.conditional import date, unchanged
from service.region_schemas import FreshnessView, RegionLinks, RegionNowcastView, RegionView, StatusView
from service.summary import links, summary

SOON_SECONDS = 10
"""How long a stale answer may be kept: nobody knows when its radar comes back."""


def view(regional: Regional, region: Region) -> RegionView:
    """A region and how it does."""
    base = f"/regions/{region.id}"
    return RegionView(
        id=region.id,
        region=shown(region),
        status=status(regional, region),
        attribution=attribution(region),
        links=RegionLinks(
            self_=base,
            edr=f"/edr/collections/{region.id}",
            **{name: f"{base}/{name}" for name in ("frames", "nowcast", "skill", "replays")},
        ),
    )


def shown(region: Region) -> Plan:
    """What PUT takes, without what nobody else may know."""
    return region.plan.model_copy(update={"source": region.source and region.source.public})


def attribution(region: Region) -> str:
    """Whom to name beside a region's data: its source, and the backup whose frames may be among them."""
    sources = [region.source, region.source.backup] if region.source else []
    return "; ".join(dict.fromkeys(source.attribution for source in sources if source and source.attribution))


def status(regional: Regional, region: Region) -> StatusView:
    """How a region does at this moment."""
    redis, now = regional.store.redis, datetime.now(UTC)
    extent = regional.history.extent(region.id)
    return StatusView(
        **freshness(region, extent.newest, now).model_dump(),
        frames=extent.frames,
        bytes=extent.bytes,
        oldest=extent.oldest,
        newest=extent.newest,
        next_pull=Schedule(redis).next(region.id) if region.source else None,
        pull=Pulls(redis).last(region.id),
        nowcast_reference_time=regional.latest.reference_time(region.id),
        trouble=regional.latest.trouble(region.id),
    )


def freshness(region: Region, newest: datetime | None, now: datetime) -> FreshnessView:
    """How old a region's data are."""
    age = None if newest is None else (now - newest).total_seconds()
    return FreshnessView(stale=region.stale(newest, now), data_age_seconds=age)


@dataclass(frozen=True)
class Served:
    """The latest nowcast of a region, and what the headers say of it."""

    region: Region
    job: Job
    nowcast: Nowcast
    stale: bool

    @classmethod
    def latest(cls, regional: Regional, region: Region) -> "Served":
        """The nowcast there is, or NoNowcastYet."""
        job, nowcast = regional.latest.get(region)
        newest = regional.history.extent(region.id).newest
        return cls(region, job, nowcast, region.stale(newest, datetime.now(UTC)))

    def etag(self, media: str) -> str:
        """Another when the nowcast is, and when it becomes stale."""
        return answers.etag(self.job, media, "-stale" if self.stale else "")

    @property
    def modified(self) -> datetime:
        """When the nowcast was made."""
        return self.job.finished or self.job.created

    def headers(self, media: str, upcoming: datetime | None) -> dict[str, str]:
        """What every shape says: as a nowcast, and how long it may be kept."""
        named = {"Content-Location": f"/regions/{self.region.id}/nowcast", "ETag": self.etag(media)}
        stale = {"Nowcast-Stale": "true"} if self.stale else {}
        return {
            **answers.labels(self.job, self.nowcast, media),
            **named,
            **stale,
            "Last-Modified": date(self.modified),
            "Cache-Control": f"public, max-age={self.keep(upcoming)}",
        }

    def keep(self, upcoming: datetime | None) -> int:
        """Seconds until the next cycle may have another; a caller who comes right then comes in vain at worst."""
        now = datetime.now(UTC)
        left = ((upcoming or self.region.next_pull(now)) - now).total_seconds()
        return SOON_SECONDS if self.stale else max(1, int(left) + 1)


def respond(regional: Regional, region: Region, media: str, request: Request) -> Response:
    """The latest nowcast of a region in this shape, or 304; takes its time, so call it in a thread."""
    served = Served.latest(regional, region)
    upcoming = Schedule(regional.store.redis).next(region.id) if region.source else None
    headers = served.headers(media, upcoming)
    if unchanged(request, served.etag(media), served.modified):
        return Response(status_code=304, headers=headers)
    result = answers.Result(served.job, served.nowcast, regional.store.cards)
    body = as_json(result, served) if media == JSON else ANSWERS[media](result)
    return Response(body, headers=headers, media_type=media)


def as_json(result: answers.Result, served: Served) -> bytes:
    """As the JSON of any nowcast, with what is true of the region."""
    base = f"/regions/{served.region.id}/nowcast"
    said = summary(result.job, result.nowcast, result.skill).model_dump(exclude={"links"})
    about = {"region": served.region.id, "stale": served.stale, "attribution": attribution(served.region)}
    return RegionNowcastView(**said, **about, links=links(base)).model_dump_json().encode()
