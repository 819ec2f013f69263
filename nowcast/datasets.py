"""Frames as they are sent, and datasets out of what comes back."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import xarray as xr

from nowcast.errors import BadAnswer
from nowcast.exchange import NETCDF, Body
from radar.errors import BadFrames, BadInput, TooLarge
from radar.formats.netcdf_write import WRITING
from radar.formats.untrusted import untrusted
from radar.frames import in_utc, stamp

File = str | os.PathLike[str]
FramesLike = xr.Dataset | File | Sequence[File]
"""What may be sent: a dataset, a radar file in any format the service reads, or a file a frame."""
Moment = datetime | np.datetime64
UNPACKED = 16
"""How many times as large as an answer may be, its values may be in memory."""


def packed(frames: FramesLike, limit: int) -> Body:
    """Frames as the body of a request; BadInput or TooLarge when they cannot be sent."""
    if isinstance(frames, str | os.PathLike):
        return Body(contents([Path(frames)], limit)[0][1], "application/octet-stream")
    if isinstance(frames, xr.Dataset):
        return Body(netcdf(frames, limit), NETCDF)
    return Body(files=contents([Path(one) for one in frames], limit))


def netcdf(dataset: xr.Dataset, limit: int) -> bytes:
    """A dataset as NetCDF-4, made in memory."""
    if dataset.nbytes > limit:
        raise TooLarge(f"The dataset has {dataset.nbytes} bytes and at most {limit} are sent; select what is needed.")
    try:
        with WRITING:
            return bytes(dataset.to_netcdf(engine="netcdf4"))
    except (TypeError, ValueError) as error:
        raise BadFrames(f"The dataset cannot be written as NetCDF: {error}") from error


def contents(paths: Sequence[Path], limit: int) -> list[tuple[str, bytes]]:
    """The names and bytes of some files."""
    try:
        if sum(path.stat().st_size for path in paths) > limit:
            raise TooLarge(f"The files have more than {limit} bytes; send fewer frames.")
        return [(path.name, path.read_bytes()) for path in paths]
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be read: {error.strerror}.") from error


def dataset(body: bytes, media: str, limit: int) -> xr.Dataset:
    """The dataset in an answer; BadAnswer when it is none, or unpacks to more than it should."""
    if media.partition(";")[0] not in (NETCDF, "application/netcdf"):
        raise BadAnswer(f"The answer is no NetCDF but {media or 'nothing'!r}.")
    try:
        with (
            untrusted("NetCDF"),
            WRITING,  # the library in the netCDF4 wheel must not be entered by two threads, whatever they do there
            xr.open_dataset(body, engine="netcdf4", decode_coords="all", decode_timedelta=True) as found,
        ):
            if found.nbytes > UNPACKED * limit:
                raise TooLarge(f"It unpacks to {found.nbytes} bytes, and at most {UNPACKED * limit} are taken.")
            return found.load()
    except BadInput as error:
        raise BadAnswer(f"The NetCDF in the answer is not taken. {error}") from error


def reference_time(nowcast: xr.Dataset) -> datetime:
    """The time from which the leads of a nowcast count."""
    moment: datetime = nowcast["forecast_reference_time"].values.astype("datetime64[s]").item()
    return in_utc(moment)


def stamped(time: Moment | None) -> str | None:
    """A time as the service takes it: UTC where it names no zone, as in a dataset."""
    if time is None:
        return None
    moment: datetime = time.astype("datetime64[s]").item() if isinstance(time, np.datetime64) else time
    return stamp(in_utc(moment))
