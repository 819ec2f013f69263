"""The networks by name: a table of cells times a table of scales."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from model.cells import Cell, ConvLSTM
from model.nowcaster import Nowcaster
from model.stack import Stack
from radar.errors import BadCheckpoint, UnknownMethod

SCALES = {"": (1, 1, 1, 1, 1, 1), "ms-": (1, 2, 4, 4, 2, 1)}

CELLS: dict[str, Callable[[int, int], Sequence[Cell]]] = {
    "convlstm": lambda width, kernel: [ConvLSTM(width, kernel) for _ in range(6)],
}

MODELS = tuple(prefix + name for prefix in SCALES for name in CELLS)


@dataclass(frozen=True)
class Network:
    """What builds a network, as it stands in a card. `model` is one of MODELS."""

    model: str = "ms-convlstm"
    width: int = 64
    kernel: int = 3
    channels: int = 1
    patch: int = 1
    residual: bool = False

    def build(self) -> Nowcaster:
        """The network with fresh weights; UnknownMethod for a name that is not in MODELS."""
        if self.model not in MODELS:
            raise UnknownMethod(f"There is no network {self.model!r}; there are {', '.join(MODELS)}.")
        prefix = "ms-" if self.model.startswith("ms-") else ""
        cells = CELLS[self.model.removeprefix("ms-")](self.width, self.kernel)
        return Nowcaster(Stack(cells, SCALES[prefix]), self.width, self.channels, self.patch, self.residual)

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
        if not (1 <= network.width <= 1024 and network.kernel in (1, 3, 5, 7) and 1 <= network.patch <= 8):
            raise BadCheckpoint("The card's network is out of range: width 1-1024, kernel 1/3/5/7, patch 1-8.")
        return network

    def fields(self) -> dict[str, Any]:
        """The fields as a card holds them."""
        return asdict(self)
