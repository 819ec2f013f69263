"""Layers worked off in strips of rows, exactly: each strip sees its surroundings as they were before the step."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor

Seen = TypeVar("Seen")
Found = TypeVar("Found")

FEWEST = 4
"""Rows that a strip is not cut below for its many channels: of fewer, a convolution reads each row too often."""


class Layer(Generic[Seen]):
    """One recurrent layer with its state on a map of (height, width).

    Before a step its input is written to the map x, or, where frames enter, `frame` is set (see Door.planes). After
    it, h is its output.
    """

    x: Tensor
    h: Tensor
    frame: Tensor
    pixels, values = 4096, 2**18
    """In a strip at most, about (values: pixels x channels): what lies between two convolutions stays in the cache."""
    shares: ClassVar[type[Any] | None] = None
    """What all layers of a size use, one after the other; made of the first of them."""

    def __init__(self, height: int, width: int, pad: int) -> None:
        self.height, self.width, self.pad = height, width, pad

    def take(self, shared: Any) -> None:
        """Use what is shared."""

    def step(self) -> None:
        """One time step: the next state."""
        self.sweep(self.look, self.settle)

    def sweep(self, look: Callable[[slice], Found], settle: Callable[[slice, Found], None]) -> None:
        """Look at every strip and settle it, from above to below.

        A strip is settled only when the next one has looked, as a convolution reaches `pad` rows into its neighbour:
        so no row is seen too new, the result does not depend on the strips, and no second state is needed.
        """
        waiting: tuple[slice, Found] | None = None
        for rows in self.strips():
            found = look(rows)
            if waiting is not None:
                settle(*waiting)
            waiting = rows, found
        assert waiting is not None, "a map has rows"
        settle(*waiting)

    def strips(self) -> Iterator[slice]:
        """The rows of each strip; at least as many as a convolution reaches beyond one."""
        few = max(FEWEST, self.values // (self.width * self.h.shape[2]))
        most = max(self.pad, min(self.pixels // self.width, few), 1)
        count = -(-self.height // most)
        each = max(self.pad, -(-self.height // count))
        return parts(slice(0, self.height), each)

    def around(self, rows: slice) -> slice:
        """The rows of a map with a border (see `bordered`) that a convolution reads for a strip."""
        return slice(rows.start, rows.stop + 2 * self.pad)

    def look(self, rows: slice) -> Seen:
        """What a strip makes of the state before the step; writes nothing that another strip reads."""
        raise NotImplementedError

    def settle(self, rows: slice, seen: Seen) -> None:
        """Write the strip's new state."""
        raise NotImplementedError

    def bordered(self, channels: int, precision: torch.dtype) -> Tensor:
        """A map of zeros with `pad` rows above and below that stay zero: (height + 2 pad, width, channels)."""
        return torch.zeros(self.height + 2 * self.pad, self.width, channels, dtype=precision)

    def inside(self, bordered: Tensor) -> Tensor:
        """A bordered map without its border."""
        return bordered[self.pad : self.pad + self.height]


def parts(rows: slice, each: int) -> Iterator[slice]:
    """Rows in parts of so many, the last one perhaps smaller."""
    return (slice(top, min(top + each, rows.stop)) for top in range(rows.start, rows.stop, each))
