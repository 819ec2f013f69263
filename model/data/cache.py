"""Arrays that were read before, kept up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], ...]
BUDGET = 2**29


class Cache:
    """Arrays by key; when they are more than `budget` bytes, those not asked for longest are forgotten.

    Not for several threads at a time.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget, self.bytes = budget, 0
        self.kept: OrderedDict[Hashable, Arrays] = OrderedDict()

    def get(self, key: Hashable) -> Arrays | None:
        """What was put under the key, None when it is not there any more."""
        if key in self.kept:
            self.kept.move_to_end(key)
        return self.kept.get(key)

    def put(self, key: Hashable, *arrays: NDArray[Any]) -> Arrays:
        """Keep copies, which hold no larger array alive, and give them."""
        self.forget(key)
        copies = self.kept[key] = tuple(array.copy() for array in arrays)
        self.bytes += size(copies)
        while self.bytes > self.budget:
            self.forget(next(iter(self.kept)))
        return copies

    def forget(self, key: Hashable) -> None:
        """Drop what is under the key, if anything."""
        self.bytes -= size(self.kept.pop(key, ()))


def size(arrays: Arrays) -> int:
    """Bytes of some arrays."""
    return sum(array.nbytes for array in arrays)
