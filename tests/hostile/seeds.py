"""One small valid file of every format of the table, and of what they may be packed in: what mutants are made of."""

import bz2
import gzip
from datetime import datetime

from radar.formats import netcdf, npz, png
from radar.formats.hints import Hints
from tests.radar import foreign
from tests.radar.foreign_archives import tarred, zarr, zipped
from tests.radar.samples import cf, frames, npy, storm, times

PICTURE = png.write(storm(1, 7, 13)[0])
FILES: dict[str, bytes] = {
    "netcdf": netcdf.write(frames(2)).rstrip(b"\0") + bytes(64),
    "classic": cf(storm(2, 5, 6), (0, 5), kind="NETCDF3_CLASSIC"),
    "npz": npz.write(frames(2)),
    "npy": npy(storm(1, 7, 13)),
    "png": PICTURE,
    **foreign.FILES,
    "zarr3": zarr(version=3),
    "gzip": gzip.compress(foreign.FILES["fmi_pgm"]),
    "bzip2": bz2.compress(foreign.FILES["fmi_pgm"]),
    "tar": tarred({"202001010000.png": PICTURE, "202001010005.png": PICTURE}),
    "zip": zipped({"202001010000.png": PICTURE, "202001010005.png": PICTURE}),
}
"""By name."""
TIMES: tuple[datetime, ...] = tuple(times(1))
COSTLY = {"netcdf", "rainfields", "radolan", "radvor", "meteonet"}
"""Those that take some milliseconds to read."""
UNTIMED = {"npy", "png", "geotiff"}
"""Those that carry no times of their own."""


def hints(name: str) -> Hints:
    """What is said beside a file, so that it is read when it is whole."""
    return Hints(times=TIMES) if name in UNTIMED else Hints()
