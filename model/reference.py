"""The authors' reference: the one place that knows its key names and the quirks its weights were trained with.

Their layers hold two convolutions where ours hold one over the concatenation: weights are joined on input channels,
biases added. What never reaches the output there has no place here and is dropped.
"""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from model.cells import GHU, MIM, STLSTM, CausalLSTM, Cell, ConvLSTM, Motion, State, TrajGRU, paired
from model.nowcaster import Nowcaster
from model.stack import Stack
from model.warp import positions, warp
from radar.errors import BadCheckpoint

ST_LSTM = {
    "temporal": ("_conv_x2h", "_conv_h2h"),
    "spatial": ("_conv_x2h_m", "_conv_m2h_m"),
    "output": ("_conv_c2o", "_conv_m2o"),
    "fuse": ("_conv_c_m",),
}
NAMES: dict[type[Cell], dict[str, tuple[str, ...]]] = {
    ConvLSTM: {"gates": ("_conv_x2h", "_conv_h2h")},
    TrajGRU: {
        "inputs": ("_conv_x2h",),
        "motion": ("_conv_x2f", "_conv_h2f"),
        "flow": ("_conv_flow",),
        "project": ("project",),
    },
    STLSTM: ST_LSTM,
    CausalLSTM: {
        "temporal": ("_conv_x_h_c",),
        "spatial": ("_conv_x_c_m",),
        "through": ("_conv_m",),
        "output": ("_conv_o",),
        "fuse": ("_conv_c_m",),
    },
    GHU: {"gates": ("_conv_x", "_conv_z")},
    MIM: ST_LSTM
    | {
        "change": ("_conv_x2h_n", "_conv_n2h_n"),
        "changed": ("_conv_diff2o", "_conv_n2o"),
        "still": ("_conv_x2h_s", "_conv_c2h_s"),
        "stilled": ("_conv_s2o",),
    },
    Motion: {
        "encode": ("_conv_enc",),
        "update": ("_conv_u",),
        "reset": ("_conv_r",),
        "candidate": ("_conv_z",),
        "mask": ("_conv_hm",),
        "mix": ("_conv_dec",),
        "decode": ("_deconv_dec",),
        "blend": ("_conv_g",),
    },
}
"""Our convolution: theirs, whose inputs stand side by side in ours."""


class ReferenceTrajGRU(TrajGRU):
    """TrajGRU with the reference's warp."""

    def look(self, h: Tensor, flows: Tensor) -> Tensor:
        return warp(h, stretched(flows))


class ReferenceMotion(Motion):
    """MotionRNN with the reference's warp, without the 3 x 3 square, and with space and neighbour interleaved.

    mixes: in the reference the samples of a batch get one another's flows. Ours is the meaning of one sample alone,
    unless this is set, which only a comparison of whole batches needs.
    """

    mixes = False

    def neighbourhood(self, small: Tensor, flow: Tensor) -> Tensor:
        batch, _, height, width = flow.shape
        flows = flow.reshape(-1, batch, 2, height, width).transpose(0, 1) if self.mixes else paired(flow)
        neighbour_last = self.masked(small, stretched(flows)).permute(0, 2, 3, 4, 1).contiguous()
        return neighbour_last.view(len(small), -1, *small.shape[2:])  # a reinterpretation, where a transpose was meant


class ReferenceStack(Stack):
    """A stack whose MIM layers remember their last input without the skip, though they are fed with it."""

    def layer(self, cell: Cell, x: Tensor, m: Tensor, state: State, skip: Tensor | None) -> tuple[State, Tensor]:
        new, m = super().layer(cell, x, m, state, skip)
        if skip is None or not remembers(cell):
            return new, m
        return [*new[:LAST], x, *new[LAST + 1 :]], m


LAST = 4
"""Where the state of a MIM cell, or of a Motion around one, keeps the last input."""


def remembers(cell: Cell) -> bool:
    """True when a cell keeps its last input."""
    return isinstance(cell.cell if isinstance(cell, Motion) else cell, MIM)


def stretched(flows: Tensor) -> Tensor:
    """Flows (B, K, 2, H, W) that look where the reference's do: at (x + dx) W / (W - 1) - 1/2 instead of x + dx."""
    height, width = flows.shape[-2:]
    x, y = positions(flows)
    dx = x * width / max(width - 1, 1) - 0.5 - x
    dy = y * height / max(height - 1, 1) - 0.5 - y
    return flows + torch.stack((dx, dy), 2)


Join = tuple[nn.Module, list[str], Tensor | None]
"""Our convolution, the names of theirs in it, and which of their output channels it keeps (None is all)."""


def load(network: Nowcaster, theirs: Mapping[str, Tensor]) -> None:
    """Give a network the reference's weights, named as on disk (with or without `module.`); BadCheckpoint if not."""
    # in our precision before biases are added, or a float64 network would be off by float32's rounding
    precision = network.embed.weight.dtype
    known = {name.removeprefix("module."): tensor.to(precision) for name, tensor in theirs.items()}
    try:
        for ours, names, rows in joins(network):
            join(ours, known, names, rows)
    except KeyError as error:
        raise BadCheckpoint(f"The reference checkpoint has no {error.args[0]}: is it of another model?") from error
    except RuntimeError as error:
        raise BadCheckpoint("The reference checkpoint has other widths or kernels than the network.") from error


def joins(network: Nowcaster) -> Iterator[Join]:
    """Every convolution of a network with those of the reference that it is made of."""
    yield network.embed, ["embed.conv_embed"], None
    yield network.head, ["fc.conv_fc"], None
    for at, cell in enumerate(network.stack.layers):
        yield from cell_joins(cell, f"rnns.lstm.{at}.")


def cell_joins(cell: Cell, prefix: str) -> Iterator[Join]:
    """The convolutions of one layer: a wrapper's and those of the cell inside it."""
    names = next(NAMES[kind] for kind in type(cell).__mro__ if kind in NAMES)
    for ours, theirs in names.items():
        rows = without_forget(cell) if isinstance(cell, MIM) and ours == "temporal" else None
        yield getattr(cell, ours), [prefix + name for name in theirs], rows
    if isinstance(cell, GHU | Motion):
        yield from cell_joins(cell.cell, prefix)


def without_forget(cell: STLSTM) -> Tensor:
    """Rows of i, g and o among the reference's i, f, g, o: a MIM layer never uses f."""
    width = cell.fuse.out_channels
    return torch.cat([torch.arange(width), torch.arange(2 * width, 4 * width)])


def join(ours: nn.Module, known: Mapping[str, Tensor], names: Sequence[str], rows: Tensor | None) -> None:
    """Copy their convolutions, side by side on input channels, with their biases added, into ours."""
    weight = torch.cat([known[f"{name}.weight"] for name in names], 1)
    bias = torch.stack([known[f"{name}.bias"] for name in names]).sum(0)
    with torch.no_grad():
        for parameter, value in (("weight", weight), ("bias", bias)):
            kept = value if rows is None else value[rows]
            target = getattr(ours, parameter)
            if target.shape != kept.shape:
                raise RuntimeError(f"{names}: {tuple(kept.shape)} is not {tuple(target.shape)}")
            target.copy_(kept)
