"""Rain as it is packed in a CF file, unpacked by table: of 16 bits there are few values, and logarithms are slow."""

from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from model.data.event import Seen, seen
from radar.formats.cf_rain import converter
from radar.frames import Rain

Packed = NDArray[np.generic]


class Unpack:
    """What turns the stored numbers of a CF variable, opened without mask_and_scale, into rain or pixels."""

    def __init__(self, variable: xr.Variable) -> None:
        self.attributes, self.dtype = variable.attrs, variable.dtype.newbyteorder("=")
        self.convert = converter(str(variable.attrs.get("long_name", "rain")), variable)

    def rain(self, packed: Packed) -> Rain:
        """mm/h of any shape, NaN where not observed."""
        if not self.few:
            return self._decode(packed)
        return np.asarray(self._table[self._index(packed)])

    def pixels(self, packed: Packed) -> Seen:
        """The same as 8-bit pixels in the HKO-7 encoding and where they were observed."""
        if not self.few:
            return seen(self._decode(packed))
        levels, observed = self._levels
        index = self._index(packed)
        return Seen(levels[index], observed[index])

    @property
    def few(self) -> bool:
        """True when there are so few stored values that each is unpacked once."""
        return self.dtype.kind in "iu" and self.dtype.itemsize <= 2

    def _decode(self, packed: Packed) -> Rain:
        field = xr.Dataset({"rain": (("value",), packed.ravel(), self.attributes)})
        values = xr.decode_cf(field, decode_times=False, decode_coords=False)["rain"].values
        return np.asarray(np.maximum(self.convert(values), 0), np.float32).reshape(packed.shape)

    def _index(self, packed: Packed) -> NDArray[np.unsignedinteger]:
        """Stored values as places in a table: their bits."""
        native = np.ascontiguousarray(packed, self.dtype)
        return native.view(f"u{self.dtype.itemsize}")

    @cached_property
    def _table(self) -> Rain:
        count = 256**self.dtype.itemsize
        return self._decode(np.arange(count, dtype=f"u{self.dtype.itemsize}").view(self.dtype))

    @cached_property
    def _levels(self) -> Seen:
        return seen(self._table)
