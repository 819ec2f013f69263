"""The groups of an HDF5 file that is not NetCDF, and their attributes: what ODIM and KNMI are made of."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyfive
from numpy.typing import NDArray

from radar.errors import BadFrames, BadInput
from radar.formats.hdf5 import stored
from radar.formats.untrusted import Budget, check_readable, untrusted


class Tree:
    """An HDF5 file in untrusted bytes; nothing but its first group is read until it is asked for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.file = pyfive.File(Budget(data))
        if self.file.userblock_size:
            raise BadFrames("The HDF5 file does not begin at its first byte.")

    def said(self, path: str) -> dict[str, Any]:
        """Attributes of a group: texts and single values as such. Empty when there is no such group."""
        try:
            group = self.file[path]
        except KeyError:
            return {}
        return {str(key): plain(value) for key, value in group.attrs.items()}

    def groups(self, path: str, prefix: str) -> Iterator[str]:
        """Paths of the groups `prefix`1, `prefix`2, ... in a group, in order."""
        names = [name for name in self.file[path] if name.startswith(prefix) and name[len(prefix) :].isdigit()]
        for name in sorted(names, key=lambda name: int(name[len(prefix) :])):
            yield f"{path.rstrip('/')}/{name}"

    def shape(self, path: str, *, served: bool = False) -> tuple[int, int]:
        """Rows and columns of a data set, which we are willing to decode, or, if it is to be, to serve."""
        dataset = self.file[path]
        if not isinstance(dataset, pyfive.Dataset) or len(dataset.shape) != 2 or 0 in dataset.shape:
            raise BadFrames(f"There is no field of rows and columns at {path[:60]} of the HDF5 file.")
        check_readable(1, *dataset.shape, served=served)
        return int(dataset.shape[0]), int(dataset.shape[1])

    def plane(self, path: str) -> NDArray[Any]:
        """The (Y, X) values of a data set as they lie in the file; its size is checked first."""
        self.shape(path)
        return stored(self.file[path], self.data)


def plain(value: Any) -> Any:
    """An attribute as text or number where it is a single one."""
    array = np.asarray(value)
    if array.size != 1:
        return value
    single = array.reshape(-1)[0]
    return single.decode("latin-1").strip("\0 ") if isinstance(single, bytes) else single


def conventions(data: bytes) -> str:
    """The attribute `Conventions` of an HDF5 file; empty when it has none or cannot be read."""
    return str(peek(data, "/").get("Conventions", ""))


def members(data: bytes) -> set[str]:
    """Names of what lies in the first group of an HDF5 file; empty when it is damaged."""
    try:
        with untrusted("HDF5"):
            return set(Tree(data).file)
    except BadInput:
        return set()


def peek(data: bytes, path: str) -> dict[str, Any]:
    """Attributes of a group of an HDF5 file; empty when it is damaged."""
    try:
        with untrusted("HDF5"):
            return Tree(data).said(path)
    except BadInput:
        return {}
