"""Which cells have a lean step, and what runs it."""

from collections.abc import Callable
from typing import Any

from model.cells import GHU, MIM, STLSTM, CausalLSTM, Cell, ConvLSTM, Motion, TrajGRU
from model.lean.causal import LeanCausalLSTM, LeanGHU
from model.lean.layers import LeanConvLSTM, LeanTrajGRU, Means, Weights
from model.lean.memories import MemoryWeights
from model.lean.motion import LeanMotion
from model.lean.predrnn import LeanMIM, LeanSTLSTM
from model.lean.tiles import TiledConvLSTM, TiledTrajGRU, can_tile
from model.reference import ReferenceMotion, ReferenceTrajGRU

Kind = Callable[[Any, Means], Weights]

LEAN: dict[type[Cell], tuple[Kind, Kind]] = {
    ConvLSTM: (LeanConvLSTM, TiledConvLSTM),
    TrajGRU: (LeanTrajGRU, TiledTrajGRU),
    ReferenceTrajGRU: (LeanTrajGRU, TiledTrajGRU),
}
"""On any processor and on tiles; cells by their exact type, as what is derived from one may do anything."""

MEMORY: dict[type[Cell], Callable[[Any, Means], MemoryWeights]] = {
    STLSTM: LeanSTLSTM,
    MIM: LeanMIM,
    CausalLSTM: LeanCausalLSTM,
}
"""Those with a memory that runs through the layers; their sums know what they run on."""

Around = Callable[[Any, MemoryWeights, Means], MemoryWeights]

AROUND: dict[type[Cell], tuple[Around, set[type[Cell]]]] = {
    GHU: (LeanGHU, set(MEMORY)),
    Motion: (LeanMotion, {STLSTM, MIM}),
    ReferenceMotion: (LeanMotion, {STLSTM, MIM}),
}
"""Those around another one, and which."""


def laid_out(cell: Cell, width: int, means: Means) -> Weights:
    """The weights of a cell of so many channels, for the fastest of what there is."""
    if type(cell) in LEAN:
        anywhere, on_tiles = LEAN[type(cell)]
        return (on_tiles if can_tile(means, width) else anywhere)(cell, means)
    return with_memory(cell, means)


def with_memory(cell: Cell, means: Means) -> MemoryWeights:
    """The same of a cell with a memory that runs through the layers."""
    if isinstance(cell, GHU | Motion):
        return AROUND[type(cell)][0](cell, with_memory(cell.cell, means), means)
    return MEMORY[type(cell)](cell, means)


def has_memory(cell: Cell) -> bool:
    """True for a cell that `with_memory` lays out."""
    if isinstance(cell, GHU | Motion):
        return type(cell) in AROUND and type(cell.cell) in AROUND[type(cell)][1]
    return type(cell) in MEMORY
