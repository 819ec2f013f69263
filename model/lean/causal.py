"""The lean steps of PredRNN++: a causal LSTM, and a gradient highway in front of a cell. Equations: model/cells.py."""

from torch import Tensor

from model.cells import GHU, CausalLSTM
from model.lean.layers import Means
from model.lean.memories import MemoryLayer, MemoryWeights, Passing


class LeanCausalLSTM(MemoryWeights):
    """A causal LSTM's weights."""

    def __init__(self, cell: CausalLSTM, means: Means) -> None:
        super().__init__(cell.fuse.out_channels, cell.output.kernel_size[0] // 2, means)
        parts = cell.temporal, cell.spatial, cell.through, cell.output, cell.fuse
        self.temporal, self.spatial, self.through, self.output, self.fuse = map(self.sums.of, parts)

    def begin(self, height: int, width: int) -> "CausalLayer":
        return CausalLayer(self, height, width)


class CausalLayer(MemoryLayer):
    """One memory after the other, then the output."""

    def __init__(self, weights: LeanCausalLSTM, height: int, width: int) -> None:
        super().__init__(weights, height, width)
        self.weights, self.c = weights, self.memory()
        self.past = self.bordered(self.channels, self.precision)
        self.h = self.inside(self.past)

    def step(self) -> None:
        self.sweep(self.temporal, self.remember)
        self.sweep(self.spatial, self.pass_on)
        self.sweep(self.output, self.emit)

    def temporal(self, rows: slice) -> Tensor:
        """The gates of c."""
        return self.weights.temporal(rows, self.fed, self.past, self.c.seen)

    def remember(self, rows: slice, gates: Tensor) -> None:
        """c'."""
        self.kernels.remember(gates, self.c.exact[rows], self.c.rounded[rows])

    def spatial(self, rows: slice) -> tuple[Tensor, Tensor]:
        """The gates of m, and what its forget gate lets through."""
        seen = self.weights.spatial(rows, self.fed, self.c.seen, self.m.seen)
        return seen, self.weights.through(rows, self.m.seen)

    def pass_on(self, rows: slice, found: tuple[Tensor, Tensor]) -> None:
        """m'."""
        gates, through = found
        m = self.m.exact[rows]
        m.copy_(through.float().tanh_())
        self.kernels.remember(gates, m, self.m.rounded[rows])

    def output(self, rows: slice) -> tuple[Tensor, Tensor]:
        """The output gate, and what it lets through."""
        both = self.c.seen, self.m.seen
        return self.weights.output(rows, self.fed, *both), self.weights.fuse(rows, *both)

    def emit(self, rows: slice, found: tuple[Tensor, Tensor]) -> None:
        """The new output."""
        o, fused = found
        self.kernels.squashed(o, fused.float(), self.h[rows])


class LeanGHU(MemoryWeights):
    """A highway's weights, and those of the cell behind it."""

    def __init__(self, cell: GHU, inner: MemoryWeights, means: Means) -> None:
        super().__init__(inner.sums.width, cell.gates.kernel_size[0] // 2, means)
        self.inner, self.gates = inner, self.sums.of(cell.gates)

    def begin(self, height: int, width: int) -> "GHULayer":
        return GHULayer(self, height, width)


class GHULayer(MemoryLayer):
    """z, which the inner layer is fed with."""

    def __init__(self, weights: LeanGHU, height: int, width: int) -> None:
        super().__init__(weights, height, width)
        self.weights, self.z = weights, self.memory()
        self.inner: MemoryLayer = weights.inner.begin(height, width)
        self.h = self.inner.h

    def take(self, shared: Passing) -> None:
        super().take(shared)
        self.inner.take(shared)
        self.inner.fed = self.z.seen

    def step(self) -> None:
        self.sweep(self.gates, self.remember)
        self.inner.step()

    def gates(self, rows: slice) -> Tensor:
        """Of the highway."""
        return self.weights.gates(rows, self.fed, self.z.seen)

    def remember(self, rows: slice, gates: Tensor) -> None:
        """z'."""
        self.kernels.highway(gates, self.z.exact[rows], self.z.rounded[rows])
