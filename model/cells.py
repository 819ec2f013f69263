"""Recurrent cells: one step of one layer each.

A cell maps `(x, m, state)` to `(state, m)`, keeps the number of channels, and the first tensor of its state is its
output. `begin(x)` gives the zero state for an input shaped like x. Batch, height, width, device and dtype all come
from x; `m` is the memory that runs through the layers, and a cell without one passes it on untouched.
Shapes: x, m and, where nothing else is said, every tensor of a state are (B, C, H, W).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from model.warp import warp

State = Sequence[Tensor]


class Cell(nn.Module):
    """What the stack knows of a cell."""

    stride = 1
    """By how much H and W must be divisible."""
    states = 2
    """How many tensors like x it keeps."""

    def begin(self, x: Tensor) -> State:
        """The zero state for inputs shaped like x."""
        return [torch.zeros_like(x)] * self.states

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        """One step: the new state, whose first tensor is the output, and the memory for the layer above."""
        raise NotImplementedError


class ConvLSTM(Cell):
    """Shi et al. 2015 without peepholes, its two convolutions that are added merged into one.

    i, f, g, o = conv([x; h]);  c' = σ(f) c + σ(i) tanh(g);  h' = σ(o) tanh(c')
    """

    def __init__(self, width: int, kernel: int = 3) -> None:
        super().__init__()
        self.gates = conv(2 * width, 4 * width, kernel)

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        h, c = state
        i, f, g, o = self.gates(cat(x, h)).chunk(4, 1)
        c = f.sigmoid() * c + gated(i, g)
        return (gated(o, c), c), m


class TrajGRU(Cell):
    """Shi et al. 2017: a GRU that looks at its own past along learned flows U, one for each of L links.

    U = conv(λ(conv([x; h])));  b = conv([warp(h, -U₁); ...; warp(h, -U_L)]);  a = conv(x)
    z = σ(a_z + b_z);  r = σ(a_r + b_r);  h' = (1 - z) λ(a_q + r b_q) + z h;  λ is a leaky ReLU of slope 0.2
    """

    states = 1

    def __init__(self, width: int, kernel: int = 3, links: int = 10) -> None:
        super().__init__()
        self.inputs = conv(width, 3 * width, kernel)
        self.motion = conv(2 * width, width, kernel)
        self.flow = conv(width, 2 * links, kernel)
        self.project = conv(links * width, 3 * width, 1)

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        (h,) = state
        flows = paired(self.flow(leaky_relu(self.motion(cat(x, h)), 0.2)))
        before = self.project(self.look(h, -flows).flatten(1, 2))
        (az, ar, aq), (bz, br, bq) = self.inputs(x).chunk(3, 1), before.chunk(3, 1)
        z, r = (az + bz).sigmoid(), (ar + br).sigmoid()
        return ((1 - z) * leaky_relu(aq + r * bq, 0.2) + z * h,), m

    def look(self, h: Tensor, flows: Tensor) -> Tensor:
        """h seen through each flow."""
        return warp(h, flows)


class STLSTM(Cell):
    """PredRNN's spatiotemporal LSTM, Wang et al. 2017: a memory in time (c) and one through the layers (m).

    i, f, g, o = conv([x; h]);  c' = σ(f) c + σ(i) tanh(g);  i, f, g = conv([x; m]);  m' = σ(f) m + σ(i) tanh(g)
    o' = σ(o + conv([c'; m']));  h' = o' tanh(conv₁([c'; m']))
    """

    gates = 4

    def __init__(self, width: int, kernel: int = 3) -> None:
        super().__init__()
        self.temporal = conv(2 * width, self.gates * width, kernel)
        self.spatial = conv(2 * width, 3 * width, kernel)
        self.output = conv(2 * width, width, kernel)
        self.fuse = conv(2 * width, width, 1)

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        state, m, _ = self.step(x, m, state)
        return state, m

    def step(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor, Tensor]:
        """Like forward, but also give the output gate, which a motion highway needs."""
        h, c = state
        i, f, g, o = self.temporal(cat(x, h)).chunk(4, 1)
        return self.emit(x, m, f.sigmoid() * c + gated(i, g), o)

    def emit(self, x: Tensor, m: Tensor, c: Tensor, o: Tensor) -> tuple[State, Tensor, Tensor]:
        """The spatial memory and the output of a new temporal memory: (h, c), m and the output gate."""
        i, f, g = self.spatial(cat(x, m)).chunk(3, 1)
        m = f.sigmoid() * m + gated(i, g)
        both = cat(c, m)
        o = (o + self.output(both)).sigmoid()
        return (o * self.fuse(both).tanh(), c), m, o


class CausalLSTM(Cell):
    """PredRNN++'s causal LSTM, Wang et al. 2018: the memory through the layers follows the one in time.

    i, f, g = conv([x; h; c]);  c' = σ(f) c + σ(i) tanh(g)
    i, f, g = conv([x; c'; m]);  m' = σ(f) tanh(conv₁(m)) + σ(i) tanh(g)
    h' = tanh(conv([x; c'; m'])) tanh(conv₁([c'; m']))
    """

    def __init__(self, width: int, kernel: int = 3) -> None:
        super().__init__()
        self.temporal = conv(3 * width, 3 * width, kernel)
        self.spatial = conv(3 * width, 3 * width, kernel)
        self.through = conv(width, width, 1)
        self.output = conv(3 * width, width, kernel)
        self.fuse = conv(2 * width, width, 1)

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        h, c = state
        i, f, g = self.temporal(cat(x, h, c)).chunk(3, 1)
        c = f.sigmoid() * c + gated(i, g)
        i, f, g = self.spatial(cat(x, c, m)).chunk(3, 1)
        m = gated(f, self.through(m)) + gated(i, g)
        h = self.output(cat(x, c, m)).tanh() * self.fuse(cat(c, m)).tanh()
        return (h, c), m


class GHU(Cell):
    """PredRNN++'s gradient highway in front of another cell: p, s = conv([x; z]);  z' = σ(s) tanh(p) + (1 - σ(s)) z."""

    def __init__(self, width: int, cell: Cell, kernel: int = 3) -> None:
        super().__init__()
        self.cell, self.stride = cell, cell.stride
        self.gates = conv(2 * width, 2 * width, kernel)

    def begin(self, x: Tensor) -> State:
        return [*self.cell.begin(x), torch.zeros_like(x)]

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        *inner, z = state
        p, s = self.gates(cat(x, z)).chunk(2, 1)
        z = gated(s, p) + (1 - s.sigmoid()) * z
        inner, m = self.cell(z, m, inner)
        return (*inner, z), m


class MIM(STLSTM):
    """Memory in memory, Wang et al. 2019: an ST-LSTM whose forget gate is two memories in cascade.

    The first (n) is fed by the change d of the layer's input since the step before, the second (s) by the first:
    i, f, g = conv([d; n]);  n' = σ(f) n + σ(i) tanh(g);  D = σ(conv([d; n'])) tanh(n')
    i, f, g, o = conv([D; c]);  s' = σ(f) s + σ(i) tanh(g);  T = σ(o + conv(s')) tanh(s')
    c' = T + σ(i) tanh(g) with i, g, o = conv([x; h]); m' and h' as in the ST-LSTM. State: h, c, n, s, last x.
    """

    states, gates = 5, 3

    def __init__(self, width: int, kernel: int = 3) -> None:
        super().__init__(width, kernel)
        self.change = conv(2 * width, 3 * width, kernel)
        self.changed = conv(2 * width, width, kernel)
        self.still = conv(2 * width, 4 * width, kernel)
        self.stilled = conv(width, width, kernel)

    def step(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor, Tensor]:
        h, c, n, s, last = state
        kept, n, s = self.remember(x - last, c, n, s)
        i, g, o = self.temporal(cat(x, h)).chunk(3, 1)
        (h, c), m, o = self.emit(x, m, kept + gated(i, g), o)
        return (h, c, n, s, x), m, o

    def remember(self, d: Tensor, c: Tensor, n: Tensor, s: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What stands in for the forget gate (T), and the two memories."""
        i, f, g = self.change(cat(d, n)).chunk(3, 1)
        n = f.sigmoid() * n + gated(i, g)
        i, f, g, o = self.still(cat(gated(self.changed(cat(d, n)), n), c)).chunk(4, 1)
        s = f.sigmoid() * s + gated(i, g)
        return gated(o + self.stilled(s), s), n, s


class Motion(Cell):
    """MotionRNN, Wu et al. 2021: another cell's output warped along a flow that has a trend; the input passes by.

    At half size, E = encoding of the inner cell's output, F = flow and D = trend, 2 x 9 channels each:
    u, r = σ(conv₁([E; F]));  v = tanh(conv₁([E; r F]));  D' = D + (F - D) / 2;  F' = u v + (1 - u) F + D'
    X = decoding of the nine maps warp(E, F'ⱼ) σ(conv₁(E))ⱼ, blended with h by a gate;  h' = X + (1 - o) x
    State: the inner cell's, then F and D (B, 18, H/2, W/2).
    """

    stride = 2
    neighbours = 9

    def __init__(self, width: int, cell: STLSTM) -> None:
        super().__init__()
        self.cell = cell
        few, flows = max(1, width // 4), 2 * self.neighbours
        self.encode = nn.Conv2d(width, few, 2, stride=2)
        self.update = conv(few + flows, flows, 1)
        self.reset = conv(few + flows, flows, 1)
        self.candidate = conv(few + flows, flows, 1)
        self.mask = conv(few, self.neighbours, 1)
        self.mix = conv(self.neighbours * few, few, 1)
        self.decode = nn.ConvTranspose2d(few, width, 4, stride=2, padding=1)
        self.blend = conv(2 * width, width, 1)

    def begin(self, x: Tensor) -> State:
        still = x.new_zeros(len(x), 2 * self.neighbours, x.shape[2] // 2, x.shape[3] // 2)
        return [*self.cell.begin(x), still, still]

    def forward(self, x: Tensor, m: Tensor, state: State) -> tuple[State, Tensor]:
        *inner, flow, trend = state
        (h, *inner), m, o = self.cell.step(x, m, inner)
        h, flow, trend = self.move(h, flow, trend)
        return (h + (1 - o) * x, *inner, flow, trend), m

    def move(self, h: Tensor, flow: Tensor, trend: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The moved output, the flow and its trend."""
        drifted, flow, trend = self.drift(h, flow, trend)
        gate = self.blend(cat(drifted, h)).sigmoid()
        return gate * h + (1 - gate) * drifted, flow, trend

    def drift(self, h: Tensor, flow: Tensor, trend: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The output as the new flow carries it, the flow and its trend."""
        small = self.encode(h)
        u, r = self.update(cat(small, flow)).sigmoid(), self.reset(cat(small, flow)).sigmoid()
        v = self.candidate(cat(small, r * flow)).tanh()
        trend = trend + 0.5 * (flow - trend)
        flow = u * v + (1 - u) * flow + trend
        return self.decode(self.mix(self.neighbourhood(small, flow))), flow, trend

    def neighbourhood(self, small: Tensor, flow: Tensor) -> Tensor:
        """The nine masked warps, (B, few x 9, H/2, W/2), channels first; each starts at its place in a 3 x 3 square."""
        square = [(dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        around = torch.tensor(square, device=flow.device, dtype=flow.dtype)[:, :, None, None]
        return self.masked(small, paired(flow) + around).transpose(1, 2).flatten(1, 2)

    def masked(self, small: Tensor, flows: Tensor) -> Tensor:
        """What is seen through each flow, by how much it matters: (B, 9, few, H/2, W/2)."""
        weight: Tensor = self.mask(small).sigmoid()
        return warp(small, flows) * weight[:, :, None]


def conv(inputs: int, outputs: int, kernel: int = 3) -> nn.Conv2d:
    """A convolution that keeps height and width."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)


def cat(*tensors: Tensor) -> Tensor:
    """Concatenation on channels."""
    return torch.cat(tensors, 1)


def paired(flows: Tensor) -> Tensor:
    """(B, 2K, H, W) as K flows of (dx, dy): (B, K, 2, H, W)."""
    return torch.unflatten(flows, 1, (-1, 2))


def gated(gate: Tensor, value: Tensor) -> Tensor:
    """σ(gate) tanh(value), the commonest pair of this family."""
    return gate.sigmoid() * value.tanh()
