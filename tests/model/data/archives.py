"""Small data sets in their real layouts, and events without files.

    python -m tests.model.data.archives FOLDER

writes one of each that is large enough to time a loader on.
"""

import gzip
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from model.data.cache import Cache
from model.data.event import Event, Seen
from radar.rain import to_byte
from radar.synthetic import storm
from tests.model.samples import times

FIVE = timedelta(minutes=5)
HKO7_SIDE = 480
HKO7_MINUTES = 6
H5PY = "pip install h5py: the tests write TaxiBJ's files with it"


class Numbered(Event):
    """An event whose pixels are all different within a frame, and by `step` from frame to frame modulo 256; the even
    ones were observed. It counts the frames it has decoded."""

    def __init__(self, count: int, side: int, step: int = 100, name: str = "numbered", budget: int = 2**20) -> None:
        super().__init__(name, (side, side), times(count), FIVE, Cache(budget))
        self.step, self.decoded = step, 0

    def decode(self, frames: range) -> Seen:
        self.decoded += len(frames)
        place = np.arange(self.shape[0] ** 2, dtype=np.int64).reshape(self.shape)
        pixels = ((place + self.step * np.asarray(frames)[:, None, None]) % 256).astype(np.uint8)
        return Seen(pixels, pixels % 2 == 0)

    def wetness(self) -> NDArray[np.floating]:
        return np.ones(len(self.times))


def hko7_pixels(time: datetime) -> NDArray[np.uint8]:
    """A frame that tells its time: everywhere the number of its six minutes in the day, modulo 256, and a slope."""
    number = (time.hour * 60 + time.minute) // HKO7_MINUTES
    slope = np.arange(HKO7_SIDE, dtype=np.int64)[None] // 4
    return np.broadcast_to((number + slope) % 256, (HKO7_SIDE, HKO7_SIDE)).astype(np.uint8)


def hko7_valid(time: datetime) -> NDArray[np.bool_]:
    """A mask that tells its hour: the first rows are not valid, one more each hour."""
    valid = np.ones((HKO7_SIDE, HKO7_SIDE), bool)
    valid[: time.hour + 1] = False
    return valid


def hko7_times(day: str, frames: Iterable[int]) -> list[datetime]:
    """The times of a day's frames by number, 0 to 239."""
    begin = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
    return [begin + number * timedelta(minutes=HKO7_MINUTES) for number in frames]


def hko7_archive(
    folder: Path,
    lists: Mapping[str, Sequence[str]],
    frames: Mapping[str, Iterable[int]],
    pixels: Callable[[datetime], NDArray[np.uint8]] = hko7_pixels,
) -> Path:
    """HKO-7's own layout: the lists of rainy days by split, and the frames of some days by number, with masks."""
    for split, days in lists.items():
        lines = [f"{day}, {at + 0.1:.1f}" for at, day in enumerate(days)]
        (folder / f"hko7_rainy_{split}_days.txt").write_text("\n".join(lines) + "\n")
    for time in (time for day, numbers in frames.items() for time in hko7_times(day, numbers)):
        picture, mask = (hko7_path(folder, kind, time) for kind in ("png", "mask"))
        save(picture, pixels(time))
        mask.parent.mkdir(parents=True, exist_ok=True)
        mask.write_bytes(zlib.compress(hko7_valid(time).tobytes(), 2))
    return folder


def hko7_path(folder: Path, kind: str, time: datetime) -> Path:
    """Where the png or the mask of a time lies."""
    tree = {"png": "radarPNG", "mask": "radarPNG_mask"}[kind]
    return folder / tree / f"{time:%Y/%m/%d}" / f"RAD{time:%y%m%d%H%M}00.{kind}"


def save(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """Pixels (Y, X) as a grey picture, (Y, X, 3) as a coloured one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def idx_file(path: Path, images: NDArray[np.uint8]) -> Path:
    """Images (N, 28, 28) as MNIST has them, gzipped when the name says so."""
    data = struct.pack(">4I", 0x803, *images.shape) + images.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def digit_images(count: int, first: int = 1) -> NDArray[np.uint8]:
    """Full squares, each of its own grey: which digits a sequence is made of can be read off."""
    greys = np.arange(first, first + count, dtype=np.uint8)
    return np.broadcast_to(greys[:, None, None], (count, 28, 28)).copy()


def kth_film(folder: Path, name: str, numbers: Iterable[int], pattern: str = "{}.png", tail: str = "") -> Path:
    """A film's frames, coloured as they were cut from the video, each as grey as its number."""
    film = folder / name.split("_")[1] / (name + tail)
    for number in numbers:
        save(film / pattern.format(number), np.full((120, 160, 3), number % 256, np.uint8))
    return film


def taxibj_file(path: Path, stamps: Sequence[str], flows: NDArray[Any]) -> Path:
    """A year of TaxiBJ as its authors wrote it: float64 data and fixed-length strings."""
    h5py = pytest.importorskip("h5py", reason=H5PY)
    with h5py.File(path, "w") as file:
        file["data"] = flows
        file["date"] = np.array([stamp.encode() for stamp in stamps])
    return path


def taxibj_day(day: datetime, slots: Iterable[int] = range(1, 49)) -> list[str]:
    """The stamps of a day: 01 is midnight to half past."""
    return [f"{day:%Y%m%d}{slot:02d}" for slot in slots]


def stormy(time: datetime) -> NDArray[np.uint8]:
    """A frame of HKO-7's size that compresses as rain does."""
    return to_byte(storm((HKO7_SIDE, HKO7_SIDE), 1, seed=time.hour).rain[0])


def write_all(folder: Path) -> None:
    """One data set of each kind: a day of HKO-7, 30 films, 60 days of taxis."""
    begin = datetime(2013, 7, 1, tzinfo=UTC)
    (folder / "hko7").mkdir(parents=True)
    hko7_archive(folder / "hko7", {"train": ["20150506"]}, {"20150506": range(240)}, stormy)
    for person in range(1, 16):
        for action in ("boxing", "running"):
            kth_film(folder / "kth", f"person{person:02d}_{action}_d1", range(1, 101))
    (folder / "taxibj").mkdir()
    for year in (13, 14, 15, 16):
        days = [begin.replace(year=2000 + year) + timedelta(days=day) for day in range(15)]
        stamps = [stamp for day in days for stamp in taxibj_day(day)]
        flows = np.random.default_rng(year).integers(0, 1000, (len(stamps), 2, 32, 32)).astype(np.float64)
        taxibj_file(folder / "taxibj" / f"BJ{year}_M32x32_T30_InOut.h5", stamps, flows)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
