"""A nowcast in words and numbers: what its JSON says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from jobs.job import Job
from radar.card import Score
from radar.frames import Rain
from radar.grid import Grid
from radar.nowcast import Nowcast
from service.schemas import GridView, LeadView, NowcastLinks, NowcastView

MAX_VALUES = 20_000
"""The longest forecast whose every value is put into JSON."""
WET = 0.1
DECIMALS = 4


def summary(job: Job, nowcast: Nowcast, skill: tuple[Score, ...]) -> NowcastView:
    """A finished job and its nowcast as JSON; skill is that of the method that made it."""
    return NowcastView(
        id=job.id,
        status=job.status,
        method=nowcast.method,
        asked_for=nowcast.asked_for,
        version=nowcast.version,
        fallback_reason=nowcast.fallback_reason,
        reference_time=nowcast.reference_time,
        input_times=list(nowcast.input_times),
        interpolated=list(nowcast.interpolated),
        data_age_seconds=(datetime.now(UTC) - nowcast.reference_time).total_seconds(),
        cadence_minutes=(nowcast.frames.times[0] - nowcast.reference_time) / timedelta(minutes=1),
        grid=grid(nowcast.frames.grid),
        leads=list(leads(nowcast)),
        skill=list(skill),
        rain=nested(nowcast.frames.rain) if nowcast.frames.rain.size <= MAX_VALUES else None,
        links=links(job.id),
    )


def links(job_id: str) -> NowcastLinks:
    """Where the other shapes of a nowcast are."""
    base = f"/nowcasts/{job_id}"
    return NowcastLinks(self_=base, netcdf=f"{base}.nc", animation=f"{base}.png")


def grid(known: Grid) -> GridView:
    """Where the pixels lie."""
    return GridView(
        height=known.height, width=known.width, crs=known.crs, transform=known.transform, pixel_km=known.pixel_km
    )


def leads(nowcast: Nowcast) -> Iterator[LeadView]:
    """Each frame in numbers."""
    for minutes, time, rain in zip(nowcast.leads, nowcast.frames.times, nowcast.frames.rain, strict=True):
        yield lead(minutes, time, rain[np.isfinite(rain)])


def lead(minutes: float, time: datetime, values: NDArray[np.float32]) -> LeadView:
    """The numbers of one frame, none of which there are without a value."""
    if not values.size:
        return LeadView(lead_minutes=minutes, time=time, mean=None, max=None, wet_share=None)
    return LeadView(
        lead_minutes=minutes,
        time=time,
        mean=rounded(values.mean(dtype=np.float64)),
        max=rounded(values.max()),
        wet_share=rounded((values >= np.float32(WET)).mean()),
    )


def rounded(value: np.floating) -> float:
    """A number short enough to read."""
    return round(float(value), DECIMALS)


def nested(rain: Rain) -> list[list[list[float | None]]]:
    """Rain as lists with None where there is no forecast."""
    values = rain.astype(np.float64).round(DECIMALS).astype(object)
    values[np.isnan(rain)] = None
    return values.tolist()  # type: ignore[no-any-return]
