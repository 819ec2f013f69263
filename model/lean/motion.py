"""The lean step of a MotionRNN: another cell's, and what moves its output. Equations stand in model/cells.py."""

import torch
from torch import Tensor

from model.cells import Motion, cat
from model.lean.eager import chw, hwc
from model.lean.layers import Means
from model.lean.memories import MemoryLayer, MemoryWeights, Passing


class LeanMotion(MemoryWeights):
    """The inner cell's weights; the motion, a hundredth of the arithmetic, is computed as it stands, in float32."""

    def __init__(self, cell: Motion, inner: MemoryWeights, means: Means) -> None:
        super().__init__(inner.sums.width, inner.sums.pad, means)
        self.cell, self.inner = cell, inner

    def begin(self, height: int, width: int) -> "MotionLayer":
        return MotionLayer(self, height, width)


class MotionLayer(MemoryLayer):
    """Flows may look anywhere, so maps at half size are whole; what is at full size comes in strips."""

    def __init__(self, weights: LeanMotion, height: int, width: int) -> None:
        super().__init__(weights, height, width)
        self.cell, self.inner = weights.cell, weights.inner.begin(height, width)
        self.flow, self.trend = torch.zeros(2, 1, 2 * self.cell.neighbours, height // 2, width // 2)
        self.h: Tensor = self.inner.h

    def take(self, shared: Passing) -> None:
        super().take(shared)
        self.inner.take(shared)
        self.inner.gate = self.open = shared.gate

    def forget(self, skip: Tensor) -> None:
        self.inner.forget(skip)

    def step(self) -> None:
        self.inner.step()
        drifted, self.flow, self.trend = self.cell.drift(chw(self.h).float(), self.flow, self.trend)
        for rows in self.strips():
            self.blend(rows, drifted[:, :, rows])

    def blend(self, rows: slice, drifted: Tensor) -> None:
        """The new output: what has drifted, what has not, and the input that passes by."""
        h = chw(self.h[rows]).float()
        gate = self.cell.blend(cat(drifted, h)).sigmoid_()
        blended = hwc(torch.lerp(drifted, h, gate))
        self.h[rows] = blended + (1 - self.open[rows]) * self.x[rows]
