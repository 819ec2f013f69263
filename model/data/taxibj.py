"""TaxiBJ (Zhang et al. 2017): inflow and outflow of Beijing's taxis on 32 x 32 cells every half hour, in four spans.

BJ13_M32x32_T30_InOut.h5 to BJ16: `data` (N, 2, 32, 32), `date` N strings YYYYMMDDSS, SS = 01 to 48. Days that lack a
slot are left out, as all papers do. The last four weeks are the test split: a window is of it when all its future is,
and of the training split when no frame is. Flows are scaled by the least and the most of what comes before those weeks.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyfive
from numpy.typing import NDArray

from model.data.cache import Cache
from model.data.reading import reading
from model.data.runs import spaced, span, whole_runs
from model.data.shuffled import Shuffled, observed_window
from model.data.window import Options, Window
from radar.errors import BadInput

YEARS = (13, 14, 15, 16)
SLOTS = 48
TEST_DAYS = 28
HALF_HOUR = timedelta(minutes=30)
SHAPE = (2, 32, 32)


@dataclass(frozen=True)
class Day:
    """48 rows of a file."""

    path: Path
    row: int
    date: datetime

    def flows(self) -> NDArray[np.float32]:
        """(48, 2, 32, 32) taxis; what is below none is none."""
        with reading(self.path, "TaxiBJ HDF5"), pyfive.File(str(self.path)) as file:
            return np.asarray(np.maximum(file["data"][self.row : self.row + SLOTS], 0), np.float32)


def open_taxibj(folder: Path, split: str, options: Options) -> "TaxiBJ":
    """Windows of a split."""
    days = [day for year in YEARS for day in days_of(folder / f"BJ{year}_M32x32_T30_InOut.h5")]
    if len(days) <= TEST_DAYS:
        raise BadInput(f"The files in {folder} have {len(days)} whole days, and {TEST_DAYS} are for test.")
    return TaxiBJ(days, split, options)


class TaxiBJ(Shuffled):
    """Windows of whole days, (T, 2, 32, 32); 1 is the largest flow of the training days."""

    def __init__(self, days: list[Day], split: str, options: Options) -> None:
        super().__init__(options)
        self.days, self.cache = days, Cache()
        self.times = [day.date + slot * HALF_HOUR for day in days for slot in range(SLOTS)]
        self.starts = self._starts(split)
        bounds = [(flows.min(), flows.max()) for flows in map(self._flows, range(len(days) - TEST_DAYS))]
        self.least, self.most = float(np.min(bounds)), float(np.max(bounds))
        self.reach = max(self.most - self.least, 1)

    def _starts(self, split: str) -> list[int]:
        """Where the windows of a split begin; BadInput when there are none."""
        length, step = self.options.length, self.options.multiple
        starts = whole_runs(self.times, HALF_HOUR, span(length, step))
        border = SLOTS * (len(self.days) - TEST_DAYS)
        last, first_future = starts + (length - 1) * step, starts + self.options.past * step
        mine = spaced(starts[last < border if split == "train" else first_future >= border], self.options.every)
        if not mine:
            raise BadInput(f"No {length} half hours in a row are in the {split} split.")
        return mine

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, at: int) -> Window:
        start = self.starts[at]
        frames = range(start, start + self.options.length * self.options.multiple, self.options.multiple)
        flows = np.stack([self._flows(frame // SLOTS)[frame % SLOTS] for frame in frames])
        scaled = np.clip((flows - self.least) / self.reach, 0, 1)
        times = tuple(self.times[frame] for frame in frames)
        return observed_window(scaled, self.options.past, times=times, event=self.event(at))

    def event(self, at: int) -> str:
        return f"{self.times[self.starts[at]]:%Y%m%d}"

    def _flows(self, at: int) -> NDArray[np.float32]:
        """The flows of a day, out of the cache when they are there."""
        (flows,) = self.cache.get(at) or self.cache.put(at, self.days[at].flows())
        return flows


def days_of(path: Path) -> list[Day]:
    """The days of a file that have all their slots."""
    with reading(path, "TaxiBJ HDF5"), pyfive.File(str(path)) as file:
        if absent := {"data", "date"} - set(file):
            raise BadInput(f"The file has no {' and no '.join(sorted(absent))}; TaxiBJ has data and date.")
        dates, shape = file["date"][:], file["data"].shape
        if shape != (len(dates), *SHAPE):
            raise BadInput(f"data is {shape}, not ({len(dates)}, 2, 32, 32) as there are that many dates.")
        stamps = [bytes(date) for date in dates]
        return [day_at(path, row, stamps[row]) for row in whole_days(stamps)]


def whole_days(stamps: list[bytes]) -> list[int]:
    """The first row of every day whose 48 slots are there, in order."""
    wanted = [b"%02d" % slot for slot in range(1, SLOTS + 1)]
    firsts = [row for row, stamp in enumerate(stamps) if stamp[8:] == wanted[0]]
    return [row for row in firsts if stamps[row : row + SLOTS] == [stamps[row][:8] + slot for slot in wanted]]


def day_at(path: Path, row: int, stamp: bytes) -> Day:
    """The day that begins at a row."""
    return Day(path, row, datetime.strptime(stamp[:8].decode("ascii"), "%Y%m%d").replace(tzinfo=UTC))
