"""What callers send."""

from typing import Any

import numpy as np

from radar.formats import netcdf, png
from radar.frames import Frames, Rain, stamp
from radar.grid import Grid
from tests.radar.samples import frames, storm, times

NETCDF = {"Content-Type": "application/x-netcdf"}
PLACE = '{"crs": "EPSG:3413", "transform": [1000, 0, -120500, 0, -1000, 80250]}'


def file(count: int = 4, height: int = 7, width: int = 13) -> bytes:
    """Frames as NetCDF."""
    return netcdf.write(frames(count, height, width))


def as_netcdf(rain: Rain) -> bytes:
    """Any rain as NetCDF."""
    shape = rain.shape[1], rain.shape[2]
    return netcdf.write(Frames(rain, times(len(rain)), Grid.picture(shape)))


def tiny(**other: Any) -> dict[str, Any]:
    """Frames as JSON."""
    rain = [[[0.0, 1.5], [None, 3.0]], [[0.5, 2.0], [None, 4.0]]]
    return {"rain": rain, "times": [stamp(time) for time in times(2)], "units": "mm/h", **other}


def at(*minutes: int) -> dict[str, Any]:
    """Frames as JSON at these minutes."""
    said = [f"2016-09-28T14:{minute:02}:00Z" for minute in minutes]
    return tiny(rain=[[[1.0]]] * len(minutes), times=said)


def pictures(count: int = 3, height: int = 4, width: int = 6) -> list[tuple[str, tuple[str, bytes, str]]]:
    """Frames as the parts of a form."""
    rain = np.nan_to_num(storm(count, height, width))
    return [("frames", (f"frame{n}.png", png.write(rain[n]), "image/png")) for n in range(count)]


def stamps(count: int = 3) -> str:
    """The form field with the times of pictures."""
    return ",".join(stamp(time) for time in times(count))
