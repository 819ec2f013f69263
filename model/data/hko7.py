"""HKO-7 (Shi et al. 2017) in the archive's own layout: the rainy days of Hong Kong's radar, a frame every 6 minutes.

    radarPNG/YYYY/MM/DD/RADYYMMDDHHMM00.png         480 x 480, 8-bit grey, pixel = floor(255 (dBZ + 10) / 70 + 0.5)
    radarPNG_mask/YYYY/MM/DD/RADYYMMDDHHMM00.mask   zlib-compressed 480 x 480 booleans, True where the pixel is valid
    hko7_rainy_{train,valid,test}_days.txt          the official lists, a line a day: YYYYMMDD, mean intensity

Frames are the days' that are on the list and in the archive. A window goes from one day to the next only when both are
there, and never over a missing frame; the benchmark's own iterator lets two in a row pass, as blank frames. The pixels
are as in the archive, valid or not.
"""

import io
import re
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.data.cache import Cache
from model.data.event import Event, Seen, block_mean
from model.data.rain_windows import RainWindows
from model.data.reading import content, reading
from model.data.window import Options
from radar.errors import BadInput
from radar.formats import png
from radar.rain import from_byte, to_byte

SIDE = 480
CADENCE = timedelta(minutes=6)
MOST_BYTES = 2**22
"""Of a picture or a mask: four times what one of random pixels takes."""
STEM = "RAD%y%m%d%H%M00"
DAY = re.compile(r"\s*(\d{8})\s*(,.*)?")


def open_hko7(folder: Path, split: str, options: Options) -> RainWindows:
    """Windows of a split's rainy days, once at each pixel size."""
    times = rainy_times(folder, split)
    cache = Cache()
    return RainWindows([Archive(folder, times, by, cache) for by in options.coarsen], options)


class Archive(Event):
    """Frames of the archive, averaged over by x by blocks, which are valid where all their pixels are."""

    def __init__(self, folder: Path, times: list[datetime], by: int, cache: Cache) -> None:
        self.folder, self.by = folder, by
        super().__init__("hko7", (SIDE // by, SIDE // by), times, CADENCE, cache)

    def decode(self, frames: range) -> Seen:
        times = [self.times[frame] for frame in frames]
        pixels = np.stack([picture(picture_path(self.folder, time)) for time in times])
        valid = np.stack([mask(mask_path(self.folder, time)) for time in times])
        if self.by == 1:
            return Seen(pixels, valid)
        rain, share = block_mean(from_byte(pixels), self.by), block_mean(valid.astype(np.float32), self.by)
        return Seen(to_byte(rain), share == 1)

    def wetness(self) -> NDArray[np.floating]:
        """All alike: every day on the lists is a rainy one, and to look at each frame would take hours."""
        return np.ones(len(self.times))

    def origin(self, frame: int) -> str:
        return f"{self.times[frame]:%Y%m%d}"


def rainy_times(folder: Path, split: str) -> list[datetime]:
    """The times of a split's frames that are in the archive; BadInput when there are none."""
    listed = folder / f"hko7_rainy_{split}_days.txt"
    with reading(listed, "a list of rainy days"):
        days = [rainy_day(line) for line in listed.read_text("ascii").splitlines() if line.strip()]
    times = [time for day in sorted(set(days)) for time in day_times(folder / "radarPNG" / f"{day:%Y/%m/%d}")]
    if not times:
        raise BadInput(f"{folder / 'radarPNG'} has no frame (YYYY/MM/DD/RAD*.png) of a day in {listed.name}.")
    return times


def rainy_day(line: str) -> datetime:
    """The day of a line of a list."""
    found = DAY.fullmatch(line)
    if found is None:
        raise BadInput(f"{line[:40]!r} is not YYYYMMDD, mean intensity.")
    return datetime.strptime(found[1], "%Y%m%d")


def day_times(folder: Path) -> list[datetime]:
    """The times of the frames in a day's folder, as their names have them; none when there is no such day."""
    return sorted(frame_time(path) for path in folder.glob("RAD*.png"))


def frame_time(path: Path) -> datetime:
    """The time that a frame has in its name."""
    with reading(path, f"a frame named like {STEM}.png"):
        return datetime.strptime(path.stem, STEM).replace(tzinfo=UTC)


def picture_path(folder: Path, time: datetime) -> Path:
    """Where the frame of a time is."""
    return folder / "radarPNG" / f"{time:%Y/%m/%d}" / f"{time:{STEM}}.png"


def mask_path(folder: Path, time: datetime) -> Path:
    """Where the mask of a time is."""
    return folder / "radarPNG_mask" / f"{time:%Y/%m/%d}" / f"{time:{STEM}}.mask"


def picture(path: Path) -> NDArray[np.uint8]:
    """The pixels (480, 480) of a frame."""
    with reading(path, "a PNG picture"):
        data = content(path, MOST_BYTES)
        if not png.sniff(data):
            raise BadInput("This is not a PNG picture.")
        height, width = png.declared(data)
        if (height, width) != (SIDE, SIDE):
            raise BadInput(f"The frame is {height} x {width} pixels, not {SIDE} x {SIDE}.")
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            return np.asarray(image, np.uint8)


def mask(path: Path) -> NDArray[np.bool_]:
    """Which pixels (480, 480) of a frame are valid."""
    with reading(path, "a zlib-compressed mask"):
        valid = zlib.decompressobj().decompress(content(path, MOST_BYTES), SIDE * SIDE + 1)
        if len(valid) != SIDE * SIDE:
            said = f"{len(valid)}" if len(valid) < SIDE * SIDE else f"more than {SIDE * SIDE}"
            raise BadInput(f"The mask has {said} values, not {SIDE} x {SIDE}.")
        return np.frombuffer(valid, np.uint8).reshape(SIDE, SIDE).astype(bool)
