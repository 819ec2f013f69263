"""A nowcast in words and numbers: what its JSON says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from jobs.job import Job
from jobs.weather import WET
from radar.card import Score
from radar.chances import STEPS, UNKNOWN, Chances, Codes
from radar.frames import Rain
from radar.grid import Grid
from radar.nowcast import Nowcast
from service.schemas import ChanceView, GridView, LeadView, NowcastLinks, NowcastView

MAX_VALUES = 20_000
"""The longest forecast whose every value is put into JSON."""
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
        canary=nowcast.canary,
        reference_time=nowcast.reference_time,
        input_times=list(nowcast.input_times),
        interpolated=list(nowcast.interpolated),
        data_age_seconds=(datetime.now(UTC) - nowcast.reference_time).total_seconds(),
        cadence_minutes=(nowcast.frames.times[0] - nowcast.reference_time) / timedelta(minutes=1),
        grid=grid(nowcast.frames.grid),
        leads=list(leads(nowcast)),
        chances_made_by=nowcast.chances and nowcast.chances.made_by,
        calibration=nowcast.chances and nowcast.chances.calibration,
        skill=list(skill),
        rain=nested(nowcast.frames.rain) if nowcast.frames.rain.size <= MAX_VALUES else None,
        links=links(f"/nowcasts/{job.id}"),
    )


def links(base: str) -> NowcastLinks:
    """Where the other shapes are of the nowcast that lies there."""
    shapes = {"netcdf": "nc", "npz": "npz", "geotiff": "tif", "animation": "png", "gif": "gif", "zip": "zip"}
    return NowcastLinks(self_=base, **{name: f"{base}.{ending}" for name, ending in shapes.items()})


def grid(known: Grid) -> GridView:
    """Where the pixels lie."""
    return GridView(
        height=known.height, width=known.width, crs=known.crs, transform=known.transform, pixel_km=known.pixel_km
    )


def leads(nowcast: Nowcast) -> Iterator[LeadView]:
    """Each frame in numbers."""
    for at, (minutes, time, rain) in enumerate(
        zip(nowcast.leads, nowcast.frames.times, nowcast.frames.rain, strict=True)
    ):
        said = lead(minutes, time, rain[np.isfinite(rain)])
        yield said.model_copy(update={"chances": chances(nowcast.chances, at)})


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


def chances(known: Chances | None, at: int) -> list[ChanceView] | None:
    """The chances of the frame with this index in numbers; their bytes are enough for that."""
    if known is None:
        return None
    return [chance(threshold, codes[at]) for threshold, codes in zip(known.thresholds, known.codes, strict=True)]


def chance(threshold: float, codes: Codes) -> ChanceView:
    """The numbers of the chances of one threshold and frame."""
    values = codes[codes != UNKNOWN]
    if not values.size:
        return ChanceView(threshold=threshold, mean=None, max=None)
    mean, highest = (rounded(number / STEPS) for number in (values.mean(dtype=np.float64), values.max()))
    return ChanceView(threshold=threshold, mean=mean, max=highest)


def rounded(value: np.floating) -> float:
    """A number short enough to read."""
    return round(float(value), DECIMALS)


def number(value: np.floating) -> float | None:
    """Likewise, as JSON has it: null where it is not known."""
    return rounded(value) if np.isfinite(value) else None


def numbers(values: NDArray[np.float32]) -> list[float | None]:
    """Values of any shape in a row, many of them at once."""
    short = np.round(values.astype(np.float64), DECIMALS).ravel()
    return [None if unknown else value for value, unknown in zip(short.tolist(), np.isnan(short), strict=True)]


def nested(rain: Rain) -> list[list[list[float | None]]]:
    """Rain as lists with None where there is no forecast."""
    values = rain.astype(np.float64).round(DECIMALS).astype(object)
    values[np.isnan(rain)] = None
    return values.tolist()  # type: ignore[no-any-return]
