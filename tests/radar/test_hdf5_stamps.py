"""Equal frames are equal bytes, whenever they are written."""

import time

import netCDF4
import numpy as np

from radar.formats import netcdf
from radar.formats.hdf5_stamps import MAGIC, checksum, unstamped
from tests.radar.samples import frames


def test_when_a_file_was_written_does_not_show() -> None:
    one = netcdf.write(frames(2))
    time.sleep(1.1)  # the stamps count whole seconds
    assert netcdf.write(frames(2)) == one


def test_the_netcdf_library_still_takes_its_checksums_for_right() -> None:
    with netCDF4.Dataset("x.nc", memory=netcdf.write(frames(2))) as file:
        np.testing.assert_array_equal(np.ma.filled(file["rain_rate"][:], np.nan), frames(2).rain)


def test_the_checksum_is_lookup3() -> None:
    """The example in its author's source."""
    assert checksum(b"Four score and seven years ago") == (0x17770551).to_bytes(4, "little")


def test_bytes_that_only_look_like_a_header_stay() -> None:
    for data in (MAGIC, MAGIC + b"\x20", MAGIC + b"\x20" + bytes(100), b"OHDR", b""):
        assert unstamped(data) == data
