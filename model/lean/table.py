"""Which cells have a lean step, and what runs it."""

from collections.abc import Callable
from typing import Any

from model.cells import Cell, ConvLSTM, TrajGRU
from model.lean.layers import LeanConvLSTM, LeanTrajGRU, Means, Weights
from model.lean.tiles import TiledConvLSTM, TiledTrajGRU, can_tile
from model.reference import ReferenceTrajGRU

Kind = Callable[[Any, Means], Weights]

LEAN: dict[type[Cell], tuple[Kind, Kind]] = {
    ConvLSTM: (LeanConvLSTM, TiledConvLSTM),
    TrajGRU: (LeanTrajGRU, TiledTrajGRU),
    ReferenceTrajGRU: (LeanTrajGRU, TiledTrajGRU),
}
"""On any processor and on tiles; cells by their exact type, as what is derived from one may do anything."""


def laid_out(cell: Cell, width: int, means: Means) -> Weights:
    """The weights of a cell of so many channels, for the fastest of what there is."""
    anywhere, on_tiles = LEAN[type(cell)]
    return (on_tiles if can_tile(means, width) else anywhere)(cell, means)
