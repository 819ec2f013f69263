"""The networks by name: a table of cells times a table of scales."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import lcm
from typing import Any

from model.cells import GHU, MIM, STLSTM, CausalLSTM, Cell, ConvLSTM, Motion, TrajGRU
from model.nowcaster import Nowcaster
from model.reference import ReferenceMotion, ReferenceStack, ReferenceTrajGRU
from model.stack import Stack, balanced
from radar.errors import BadCheckpoint, BadInput, UnknownMethod

SCALES: dict[str, Callable[[int], tuple[int, ...]]] = {
    "": lambda depth: (1,) * depth,
    "ms-": lambda depth: tuple(min(4, 2 ** min(at, depth - 1 - at)) for at in range(depth)),  # of six: 1 2 4 4 2 1
}

Cells = Callable[["Network"], Sequence[Cell]]

CELLS: dict[str, Cells] = {
    "convlstm": lambda n: [ConvLSTM(n.width, n.kernel) for _ in range(n.depth)],
    "trajgru": lambda n: [TrajGRU(n.width, n.kernel, n.links) for _ in range(n.depth)],
    "predrnn": lambda n: [STLSTM(n.width, n.kernel) for _ in range(n.depth)],
    "predrnn++": lambda n: [
        CausalLSTM(n.width, n.kernel),
        GHU(n.width, CausalLSTM(n.width, n.kernel), n.kernel),
        *(CausalLSTM(n.width, n.kernel) for _ in range(n.depth - 2)),
    ],
    "mim": lambda n: [STLSTM(n.width, n.kernel), *(MIM(n.width, n.kernel) for _ in range(n.depth - 1))],
    "motionrnn": lambda n: [
        Motion(n.width, STLSTM(n.width, n.kernel)),
        *(Motion(n.width, MIM(n.width, n.kernel)) for _ in range(n.depth - 2)),
        MIM(n.width, n.kernel),
    ],
}
REFERENCE: dict[str, Cells] = CELLS | {
    "trajgru": lambda n: [ReferenceTrajGRU(n.width, n.kernel, n.links) for _ in range(n.depth)],
    "motionrnn": lambda n: [
        ReferenceMotion(n.width, STLSTM(n.width, n.kernel)),
        *(ReferenceMotion(n.width, MIM(n.width, n.kernel)) for _ in range(n.depth - 2)),
        MIM(n.width, n.kernel),
    ],
}

MODELS = tuple(prefix + name for prefix in SCALES for name in CELLS)
AT_LEAST = {"predrnn++": 2, "mim": 2, "motionrnn": 2}
"""Layers without which a network is not what its name says; one is enough for those not named."""
MAX_DEPTH, MAX_STRIDE = 32, 64


@dataclass(frozen=True)
class Network:
    """What builds a network, as it stands in a card. `model` is one of MODELS.

    scales: of each of the `depth` layers, where the name's prefix does not say them.
    moving: its frames are carried along the motion of the rain, so that it only sees what grows and decays.
    matched: its forecasts get the distribution of the rain in the last frame, as it blurs and so loses rain with lead.
    faded: in forecasts that are moving and matched details fade with lead, as fast as those of the past did.
    thresholds: rain rates in mm/h, rising, for which it also gives chances.
    reference: with the quirks that the authors' weights were trained with.
    """

    model: str = "ms-convlstm"
    width: int = 64
    kernel: int = 3
    channels: int = 1
    links: int = 10
    depth: int = 6
    scales: tuple[int, ...] | None = None
    patch: int = 1
    residual: bool = False
    moving: bool = False
    matched: bool = False
    faded: bool = False
    thresholds: tuple[float, ...] = ()
    reference: bool = False

    def build(self) -> Nowcaster:
        """The network with fresh weights; UnknownMethod for a name not in MODELS, BadInput for what cannot be."""
        if fault := self.fault():
            raise (BadInput if self.model in MODELS else UnknownMethod)(fault)
        cells = (REFERENCE if self.reference else CELLS)[self.family](self)
        stack = (ReferenceStack if self.reference else Stack)(cells, self.layers)
        return Nowcaster(
            stack,
            self.width,
            self.channels,
            patch=self.patch,
            residual=self.residual,
            thresholds=len(self.thresholds),
        )

    @property
    def family(self) -> str:
        """The name without its prefix."""
        return self.model.removeprefix("ms-")

    @property
    def layers(self) -> tuple[int, ...]:
        """The scale of each layer."""
        prefix = self.model.removesuffix(self.family)
        return SCALES[prefix](self.depth) if self.scales is None else tuple(self.scales)

    def fault(self) -> str:
        """Why there is no such network, as a sentence; empty when there is."""
        if self.model not in MODELS:
            return f"There is no network {self.model!r}; there are {', '.join(MODELS)}."
        sizes = (self.width, 1024), (self.channels, 64), (self.patch, 8), (self.links, 64)
        if self.kernel not in (1, 3, 5, 7) or not all(1 <= size <= most for size, most in sizes):
            return "The network is out of range: width 1-1024, channels and links 1-64, patch 1-8, kernel 1/3/5/7."
        return self.fault_of_layers() or self.fault_of_thresholds()

    def fault_of_layers(self) -> str:
        """What is wrong with depth or scales, likewise."""
        least = AT_LEAST.get(self.family, 1)
        if not least <= self.depth <= MAX_DEPTH:
            return f"The depth is out of range: {self.model} has {least} to {MAX_DEPTH} layers."
        if len(self.layers) != self.depth or not balanced(self.layers):
            return f"Scales must begin and end at 1, mirror each other, and be {self.depth}, one for each layer."
        if max(self.layers) > MAX_STRIDE or lcm(*self.layers) > MAX_STRIDE:
            return f"The scales are out of range: they need a grid divisible by more than {MAX_STRIDE}."
        return ""

    def fault_of_thresholds(self) -> str:
        """What is wrong with the thresholds, likewise."""
        rising = all(low < high for low, high in pairwise((0, *self.thresholds)))
        return (
            "" if rising and len(self.thresholds) <= 16 else "Thresholds are up to 16 rising rain rates above 0 mm/h."
        )

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Network":
        """A network from a card's fields; BadCheckpoint when they are unknown or out of range."""
        if unknown := set(fields) - set(cls.__dataclass_fields__):
            raise BadCheckpoint(f"The card's network has unknown fields: {', '.join(sorted(unknown))}.")
        if wrong := [name for name, value in fields.items() if not right(name, value)]:
            raise BadCheckpoint(f"The card's network has fields of the wrong type: {', '.join(sorted(wrong))}.")
        values: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in fields.items()}
        network = cls(**values)
        if fault := network.fault():
            raise BadCheckpoint(f"The card is of no network: {fault}")
        return network

    def fields(self) -> dict[str, Any]:
        """The fields as a card holds them: JSON, so tuples are lists."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def right(name: str, value: object) -> bool:
    """True when a field of a network may be of the type of this value, as it comes out of JSON."""
    if name == "scales":
        return value is None or (isinstance(value, list | tuple) and all(type(scale) is int for scale in value))
    if name == "thresholds":
        return isinstance(value, list | tuple) and all(type(rain) in (int, float) for rain in value)
    return type(value) is type(Network.__dataclass_fields__[name].default)
