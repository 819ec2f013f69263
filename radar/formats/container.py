"""A NetCDF file as variables whose values are read when asked for; pyfive and scipy parse it in Python, no C does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import h5netcdf
import numpy as np
import pyfive
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import ScipyDataStore

from radar.errors import BadFrames, TooLarge
from radar.formats.hdf5 import stored
from radar.formats.untrusted import Budget

PACKING = ("_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned")
HDF5 = b"\x89HDF\r\n\x1a\n"
CLASSIC = (b"CDF\x01", b"CDF\x02")
MAX_VARIABLES = 1024
"""And groups, of an HDF5 file; each takes a millisecond to look at."""


@dataclass(frozen=True)
class Container:
    """Variables with dimensions, shape and attributes, their values not yet read.

    stored: the values of a variable as they lie in the file, or the last entries along its first axis.
    """

    variables: Mapping[str, xr.Variable]
    attributes: Mapping[str, Any]
    stored: Callable[[str, int | None], NDArray[Any]]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A small variable with its packing undone."""
        return unpacked(self.stored(name, None), self.variables[name].attrs).astype(np.float64)


def unpacked(values: NDArray[Any], attributes: Mapping[str, Any]) -> NDArray[Any]:
    """Fill value, scale and offset undone, by xarray; NaN where filled."""
    packing = {key: attributes[key] for key in PACKING if key in attributes}
    dims = [f"axis{n}" for n in range(values.ndim)]
    plain = xr.decode_cf(xr.Dataset({"values": (dims, values, packing)}), decode_times=False)
    return np.asarray(plain["values"].values)


def opened(data: bytes) -> Container:
    """The container in the bytes of a file; BadFrames when it is NetCDF of a kind we do not read."""
    if data.startswith(HDF5):
        return hdf5(data)
    if data.startswith(CLASSIC):
        return classic(data)
    raise BadFrames("This kind of NetCDF is not read; send NetCDF-4, or NetCDF-3 classic or 64-bit offset.")


def bare(variable: h5netcdf.Variable) -> xr.Variable:
    """A variable without its values, zeros that take no room; xarray's own store looks it up three times as often."""
    nothing = np.broadcast_to(np.zeros((), variable.dtype), variable.shape)
    return xr.Variable(variable.dimensions, nothing, decoded(variable.attrs))


def decoded(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes with their texts as such."""
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in attributes.items()}


def hdf5(data: bytes) -> Container:
    """NetCDF-4: h5netcdf gives names and dimensions, our bounded reader the values."""
    budget = Budget(data)
    file = pyfive.File(budget)
    if not isinstance(file.attrs, Mapping):  # h5netcdf leaves a half-made file behind when these cannot be read
        raise BadFrames("The NetCDF file has no attributes.")
    if len(file) > MAX_VARIABLES:
        raise TooLarge(f"The NetCDF file has {len(file)} variables; the most we look at are {MAX_VARIABLES}.")
    named = h5netcdf.File(budget, "r", backend="pyfive")
    variables = {name: bare(variable) for name, variable in named.variables.items()}
    if file.userblock_size:
        raise BadFrames("The NetCDF file does not begin at its first byte.")

    def read(name: str, last: int | None) -> NDArray[Any]:
        dataset = file[name]
        if dataset.shape != variables[name].shape:
            raise BadFrames(f"The variable {name[:40]} is shorter than its dimensions.")
        return stored(dataset, data, last)

    return Container(variables, decoded(named.attrs), read)


def classic(data: bytes) -> Container:
    """NetCDF-3: scipy reads the whole file, which has no compression, within the budget."""
    variables, attributes = ScipyDataStore(Budget(data), mmap=False).load()  # type: ignore[no-untyped-call]

    def read(name: str, last: int | None) -> NDArray[Any]:
        values = variables[name].values
        if values.dtype.kind not in "iuf":
            raise BadFrames(f"The variable {name[:40]} does not hold numbers.")
        return np.asarray(values[max(0, len(values) - last) :] if last is not None and values.ndim else values)

    return Container(variables, attributes, read)
