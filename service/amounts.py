"""How much rain a nowcast says will fall, everywhere, in the shapes it may be asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from radar.accumulation import amount
from radar.errors import BadInput
from radar.formats import geotiff_write, picture
from radar.frames import stamp
from radar.nowcast import Nowcast
from service.amount_schemas import AmountsView
from service.answers import GEOTIFF, JSON, PNG, writable
from service.summary import MAX_VALUES, grid, nested, rounded

Floats = NDArray[np.float32]
SHADES = 10.0
"""The colours for mm/h stand for a tenth as many mm."""


@dataclass(frozen=True, eq=False)
class Amounts:
    """Rain in mm (Y, X) over the minutes that follow the reference time, NaN where it is not known."""

    nowcast: Nowcast
    minutes: float
    mm: Floats

    @classmethod
    def of(cls, nowcast: Nowcast, minutes: float | None, last: Floats | None = None) -> "Amounts":
        """The amounts over so many minutes, or all of the nowcast; BadInput beyond its end.

        last: the observed frame (Y, X) in mm/h at the reference time, if it is known.
        """
        end = minutes if minutes is not None else nowcast.leads[-1]
        if not 0 < end <= nowcast.leads[-1]:
            raise BadInput(f"The nowcast reaches {nowcast.leads[-1]:g} min ahead, not {end:g}.")
        rates, leads = nowcast.frames.rain, nowcast.leads
        if last is not None:
            rates, leads = np.concatenate([last[np.newaxis], rates]), (0.0, *leads)
        return cls(nowcast, end, np.asarray(amount(leads, rates, 0, end), np.float32))

    @property
    def until(self) -> datetime:
        """The end of the time over which it falls."""
        return self.nowcast.reference_time + timedelta(minutes=self.minutes)


def view(said: Amounts) -> AmountsView:
    """In numbers, with every pixel when these are few."""
    known = said.mm[np.isfinite(said.mm)]
    nowcast = said.nowcast
    return AmountsView(
        method=nowcast.method,
        version=nowcast.version,
        fallback_reason=nowcast.fallback_reason,
        start=nowcast.reference_time,
        end=said.until,
        minutes=said.minutes,
        grid=grid(nowcast.frames.grid),
        mean=rounded(known.mean(dtype=np.float64)) if known.size else None,
        max=rounded(known.max()) if known.size else None,
        mm=nested(said.mm[np.newaxis])[0] if said.mm.size <= MAX_VALUES else None,
    )


def as_json(said: Amounts) -> bytes:
    """In numbers."""
    return view(said).model_dump_json().encode()


def as_geotiff(said: Amounts) -> bytes:
    """Lossless, one band in mm."""
    title = f"rain amount {stamp(said.nowcast.reference_time)} to {stamp(said.until)}"
    with writable(GEOTIFF):
        about = geotiff_write.about(said.nowcast)
        return geotiff_write.write(said.mm[np.newaxis], said.nowcast.frames.grid, [title], about, unit="mm")


def as_picture(said: Amounts) -> bytes:
    """To look at: the colours of rain rates, at a tenth of their numbers."""
    return picture.still(said.mm * SHADES)


SHAPES: dict[str, Callable[[Amounts], bytes]] = {JSON: as_json, PNG: as_picture, GEOTIFF: as_geotiff}
"""What may be asked for, the first being the default, and what writes it."""
