"""The cells once more, from ARCHITECTURES.md section 3, in numpy, for one sample, with the weights of a cell of ours.

A function takes a cell (for its weights alone), x, m and the state, all (C, Y, X), and gives (state, m).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate2d
from torch import nn

from model.cells import GHU, MIM, STLSTM, CausalLSTM, Cell, ConvLSTM, Motion, TrajGRU

Field = NDArray[np.float64]
Step = tuple[list[Field], Field]
tanh = np.tanh


def sigma(x: Field) -> Field:
    return np.asarray(1 / (1 + np.exp(-x)))


def leaky(x: Field) -> Field:
    return np.where(x > 0, x, 0.2 * x)


def convolved(inputs: Field, weight: Field, bias: Field) -> Field:
    """Cross-correlation of (C, Y, X) with (O, C, k, k), zeros outside."""
    sums = [sum(correlate2d(x, w, "same") for x, w in zip(inputs, kernels, strict=True)) for kernels in weight]
    return np.stack(sums) + bias[:, None, None]


def weights(made: nn.Module) -> tuple[Field, Field]:
    weight, bias = (parameter.detach().numpy() for parameter in made.parameters())
    return weight, bias


def K(made: nn.Module, *inputs: Field) -> Field:  # noqa: N802
    """K3[a](x) + K3[b](y) is one convolution over [x; y] here."""
    return convolved(np.concatenate(inputs), *weights(made))


def seen_along(v: Field, dx: Field, dy: Field) -> Field:
    """v at (x + dx, y + dy), pixel by pixel, each neighbour outside the map counting as zero."""
    out, (_, height, width) = np.zeros_like(v), v.shape
    for y, x in np.ndindex(height, width):
        at_y, at_x = y + dy[y, x], x + dx[y, x]
        top, left = int(np.floor(at_y)), int(np.floor(at_x))
        for row, column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
            if 0 <= row < height and 0 <= column < width:
                out[:, y, x] += (1 - abs(at_y - row)) * (1 - abs(at_x - column)) * v[:, row, column]
    return out


def convlstm(cell: ConvLSTM, x: Field, m: Field, state: Sequence[Field]) -> Step:
    h, c = state
    i, f, g, o = np.split(K(cell.gates, x, h), 4)
    c = sigma(f) * c + sigma(i) * tanh(g)
    return [sigma(o) * tanh(c), c], m


def trajgru(cell: TrajGRU, x: Field, m: Field, state: Sequence[Field]) -> Step:
    (h,) = state
    u = K(cell.flow, leaky(K(cell.motion, x, h)))
    w = [seen_along(h, -u[2 * k], -u[2 * k + 1]) for k in range(len(u) // 2)]
    (az, ar, aq), (bz, br, bq) = np.split(K(cell.inputs, x), 3), np.split(K(cell.project, *w), 3)
    z, r = sigma(az + bz), sigma(ar + br)
    return [(1 - z) * leaky(aq + r * bq) + z * h], m


def st_lstm(cell: STLSTM, x: Field, m: Field, state: Sequence[Field]) -> tuple[list[Field], Field, Field]:
    h, c = state
    i, f, g, o = np.split(K(cell.temporal, x, h), 4)
    return fused(cell, x, m, sigma(f) * c + sigma(i) * tanh(g), o)


def fused(cell: STLSTM, x: Field, m: Field, c: Field, o: Field) -> tuple[list[Field], Field, Field]:
    """m', O and h' of a new c."""
    i, f, g = np.split(K(cell.spatial, x, m), 3)
    m = sigma(f) * m + sigma(i) * tanh(g)
    gate = sigma(o + K(cell.output, c, m))
    return [gate * tanh(K(cell.fuse, c, m)), c], m, gate


def causal_lstm(cell: CausalLSTM, x: Field, m: Field, state: Sequence[Field]) -> Step:
    h, c = state
    i, f, g = np.split(K(cell.temporal, x, h, c), 3)
    c = sigma(f) * c + sigma(i) * tanh(g)
    i, f, g = np.split(K(cell.spatial, x, c, m), 3)
    m = sigma(f) * tanh(K(cell.through, m)) + sigma(i) * tanh(g)
    return [tanh(K(cell.output, x, c, m)) * tanh(K(cell.fuse, c, m)), c], m


def highway(cell: GHU, x: Field, m: Field, state: Sequence[Field]) -> Step:
    *inner, z = state
    p, s = np.split(K(cell.gates, x, z), 2)
    z = sigma(s) * tanh(p) + (1 - sigma(s)) * z
    inner, m = step(cell.cell, z, m, inner)
    return [*inner, z], m


def mim(cell: MIM, x: Field, m: Field, state: Sequence[Field]) -> tuple[list[Field], Field, Field]:
    h, c, n, s, last = state
    d = x - last
    i, f, g = np.split(K(cell.change, d, n), 3)
    n = sigma(f) * n + sigma(i) * tanh(g)
    i, f, g, o = np.split(K(cell.still, sigma(K(cell.changed, d, n)) * tanh(n), c), 4)
    s = sigma(f) * s + sigma(i) * tanh(g)
    t = sigma(o + K(cell.stilled, s)) * tanh(s)
    i, g, o = np.split(K(cell.temporal, x, h), 3)
    (h, c), m, gate = fused(cell, x, m, t + sigma(i) * tanh(g), o)
    return [h, c, n, s, x], m, gate


def motion(cell: Motion, x: Field, m: Field, state: Sequence[Field]) -> Step:
    *inner, flow, trend = state
    (h, *inner), m, gate = EQUATIONS[type(cell.cell)](cell.cell, x, m, inner)
    e = halved(h, *weights(cell.encode))
    u, r = sigma(K(cell.update, e, flow)), sigma(K(cell.reset, e, flow))
    v = tanh(K(cell.candidate, e, r * flow))
    trend = trend + 0.5 * (flow - trend)
    flow = u * v + (1 - u) * flow + trend
    wide = doubled(K(cell.mix, nine(e, flow, sigma(K(cell.mask, e)))), *weights(cell.decode))
    g = sigma(K(cell.blend, wide, h))
    return [g * h + (1 - g) * wide + (1 - gate) * x, *inner, flow, trend], m


def nine(e: Field, flow: Field, k: Field) -> Field:
    """The masked warps, neighbour after neighbour within each channel, each beginning at its place in the square."""
    places = [(-1, -1), (0, -1), (1, -1), (-1, 0), (0, 0), (1, 0), (-1, 1), (0, 1), (1, 1)]
    w = [seen_along(e, flow[2 * j] + dx, flow[2 * j + 1] + dy) * k[j] for j, (dx, dy) in enumerate(places)]
    return np.stack([w[j][channel] for channel in range(len(e)) for j in range(9)])


def halved(x: Field, weight: Field, bias: Field) -> Field:
    """A 2 x 2 convolution of stride 2 without padding."""
    corners = [(weight[:, :, a, b], x[:, a::2, b::2]) for a in (0, 1) for b in (0, 1)]
    whole = sum(np.einsum("oc,cyx->oyx", w, part) for w, part in corners)
    return np.asarray(whole + bias[:, None, None])


def doubled(x: Field, weight: Field, bias: Field) -> Field:
    """A transposed 4 x 4 convolution of stride 2 and padding 1: each pixel adds a 4 x 4 square around its place."""
    _, height, width = x.shape
    out = np.zeros((weight.shape[1], 2 * height + 2, 2 * width + 2))
    for y, column in np.ndindex(height, width):
        square = np.einsum("c,coab->oab", x[:, y, column], weight)
        out[:, 2 * y : 2 * y + 4, 2 * column : 2 * column + 4] += square
    return np.asarray(out[:, 1:-1, 1:-1] + bias[:, None, None])


EQUATIONS: dict[type[Cell], Callable[..., tuple[Any, ...]]] = {
    ConvLSTM: convlstm,
    TrajGRU: trajgru,
    STLSTM: st_lstm,
    CausalLSTM: causal_lstm,
    GHU: highway,
    MIM: mim,
    Motion: motion,
}


def step(cell: Cell, x: Field, m: Field, state: Sequence[Field]) -> Step:
    """One step of whatever cell it is."""
    after, m, *_ = EQUATIONS[type(cell)](cell, x, m, state)
    return after, m
