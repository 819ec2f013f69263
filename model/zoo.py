"""The networks by name: a table of cells times a table of scales."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from model.cells import GHU, MIM, STLSTM, CausalLSTM, Cell, ConvLSTM, Motion, TrajGRU
from model.nowcaster import Nowcaster
from model.reference import ReferenceMotion, ReferenceStack, ReferenceTrajGRU
from model.stack import Stack
from radar.errors import BadCheckpoint, UnknownMethod

SCALES = {"": (1, 1, 1, 1, 1, 1), "ms-": (1, 2, 4, 4, 2, 1)}

Cells = Callable[["Network"], Sequence[Cell]]

CELLS: dict[str, Cells] = {
    "convlstm": lambda n: [ConvLSTM(n.width, n.kernel) for _ in range(6)],
    "trajgru": lambda n: [TrajGRU(n.width, n.kernel, n.links) for _ in range(6)],
    "predrnn": lambda n: [STLSTM(n.width, n.kernel) for _ in range(6)],
    "predrnn++": lambda n: [
        CausalLSTM(n.width, n.kernel),
        GHU(n.width, CausalLSTM(n.width, n.kernel), n.kernel),
        *(CausalLSTM(n.width, n.kernel) for _ in range(4)),
    ],
    "mim": lambda n: [STLSTM(n.width, n.kernel), *(MIM(n.width, n.kernel) for _ in range(5))],
    "motionrnn": lambda n: [
        Motion(n.width, STLSTM(n.width, n.kernel)),
        *(Motion(n.width, MIM(n.width, n.kernel)) for _ in range(4)),
        MIM(n.width, n.kernel),
    ],
}
REFERENCE: dict[str, Cells] = CELLS | {
    "trajgru": lambda n: [ReferenceTrajGRU(n.width, n.kernel, n.links) for _ in range(6)],
    "motionrnn": lambda n: [
        ReferenceMotion(n.width, STLSTM(n.width, n.kernel)),
        *(ReferenceMotion(n.width, MIM(n.width, n.kernel)) for _ in range(4)),
        MIM(n.width, n.kernel),
    ],
}

MODELS = tuple(prefix + name for prefix in SCALES for name in CELLS)


@dataclass(frozen=True)
class Network:
    """What builds a network, as it stands in a card. `model` is one of MODELS.

    moving: its frames are carried along the motion of the rain, so that it only sees what grows and decays.
    reference: with the quirks that the authors' weights were trained with.
    """

    model: str = "ms-convlstm"
    width: int = 64
    kernel: int = 3
    channels: int = 1
    links: int = 10
    patch: int = 1
    residual: bool = False
    moving: bool = False
    reference: bool = False

    def build(self) -> Nowcaster:
        """The network with fresh weights; UnknownMethod for a name that is not in MODELS."""
        if self.model not in MODELS:
            raise UnknownMethod(f"There is no network {self.model!r}; there are {', '.join(MODELS)}.")
        prefix = "ms-" if self.model.startswith("ms-") else ""
        cells = (REFERENCE if self.reference else CELLS)[self.model.removeprefix("ms-")](self)
        stack = (ReferenceStack if self.reference else Stack)(cells, SCALES[prefix])
        return Nowcaster(stack, self.width, self.channels, self.patch, self.residual)

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Network":
        """A network from a card's fields; BadCheckpoint when they are unknown or out of range."""
        known = cls.__dataclass_fields__
        if unknown := set(fields) - set(known):
            raise BadCheckpoint(f"The card's network has unknown fields: {', '.join(sorted(unknown))}.")
        wrong = [name for name, value in fields.items() if type(value) is not type(known[name].default)]
        if wrong:
            raise BadCheckpoint(f"The card's network has fields of the wrong type: {', '.join(sorted(wrong))}.")
        network = cls(**fields)
        if network.model not in MODELS:
            raise BadCheckpoint(f"The card names a network {network.model!r}; there are {', '.join(MODELS)}.")
        sizes = (network.width, 1024), (network.channels, 64), (network.patch, 8), (network.links, 64)
        if network.kernel not in (1, 3, 5, 7) or not all(1 <= size <= most for size, most in sizes):
            raise BadCheckpoint(
                "The card's network is out of range: width 1-1024, channels and links 1-64, patch 1-8, kernel 1/3/5/7."
            )
        return network

    def fields(self) -> dict[str, Any]:
        """The fields as a card holds them."""
        return asdict(self)
