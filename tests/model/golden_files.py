"""Files in the golden format, made here: for all twelve networks, from one of ours with the weights it began with.

The names and shapes are those of ARCHITECTURES.md section 8, written down once more, with everything that never
reaches the output filled with random numbers, so that a name too many or too few shows.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model import reference
from model.nowcaster import Nowcaster
from model.zoo import Network
from tests.model.samples import lively, pixels
from tests.parity import Held, mix, predicted

Shapes = dict[str, tuple[int, int, int]]
"""Of each convolution: channels out, channels in, kernel."""


GAIN = 0.75
"""Larger, and TrajGRU, whose states have no bound, amplifies rounding beyond any comparison."""


def predrnn(n: int, k: int) -> Shapes:
    names = ("m2h_m", "x2h_m")
    both = {"_conv_x2h": (4 * n, n, k), "_conv_h2h": (4 * n, n, k), "_conv_c_m": (n, 2 * n, 1)}
    return (
        both | {f"_conv_{name}": (3 * n, n, k) for name in names} | dict.fromkeys(("_conv_c2o", "_conv_m2o"), (n, n, k))
    )


def mim(n: int, k: int) -> Shapes:
    more = predrnn(n, k) | {f"_conv_{name}": (3 * n, n, k) for name in ("x2h_n", "n2h_n")}
    more |= {f"_conv_{name}": (n, n, k) for name in ("diff2o", "n2o", "s2o")}
    return more | {f"_conv_{name}": (4 * n, n, k) for name in ("x2h_s", "c2h_s")}


def motionrnn(n: int, k: int) -> Shapes:
    q = n // 4
    more = {f"_conv_{name}": (18, q + 18, 1) for name in "urz"} | {"_conv_enc": (q, n, 2), "_deconv_dec": (q, n, 4)}
    return mim(n, k) | more | {"_conv_hm": (9, q, 1), "_conv_dec": (q, 9 * q, 1), "_conv_g": (n, 2 * n, 1)}


def predrnnpp(n: int, k: int) -> Shapes:
    large = {"_conv_x_h_c": (3 * n, 3 * n, k), "_conv_x_c_m": (3 * n, 3 * n, k), "_conv_o": (n, 3 * n, k)}
    small = {"_conv_m": (n, n, 1), "_conv_c_m": (n, 2 * n, 1)}
    return large | small | {"_conv_x": (2 * n, n, k), "_conv_z": (2 * n, n, k)}


def trajgru(n: int, k: int, links: int) -> Shapes:
    same = dict.fromkeys(("_conv_x2f", "_conv_h2f"), (n, n, k))
    return same | {"_conv_x2h": (3 * n, n, k), "_conv_flow": (2 * links, n, k), "project": (3 * n, n * links, 1)}


def layer(network: Network) -> Shapes:
    """What every layer of a network holds in the reference."""
    n, k = network.width, network.kernel
    tables = {"mim": mim, "motionrnn": motionrnn, "predrnn": predrnn, "predrnn++": predrnnpp}
    if network.family == "convlstm":
        return dict.fromkeys(("_conv_x2h", "_conv_h2h"), (4 * n, n, k))
    return trajgru(n, k, network.links) if network.family == "trajgru" else tables[network.family](n, k)


def named(network: Network) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every parameter of the reference with its shape."""
    ends = {
        "embed.conv_embed": (network.width, network.channels, 1),
        "fc.conv_fc": (network.channels, network.width, 1),
    }
    inner = {f"rnns.lstm.{at}.{name}": shape for at in range(network.depth) for name, shape in layer(network).items()}
    for name, (out, channels, kernel) in (ends | inner).items():
        yield f"{name}.weight", (out, channels, kernel, kernel)
        yield f"{name}.bias", (channels if "_deconv" in name else out,)


def foreign_weights(network: Network, made: Nowcaster, seed: int = 0) -> dict[str, Tensor]:
    """The state dict the reference would have for a network of ours; what it adds up is split at random."""
    generator = torch.Generator().manual_seed(seed)
    theirs = {name: torch.randn(shape, generator=generator).double() for name, shape in named(network)}
    for ours, names, rows in reference.joins(made):
        weight, bias = (tensor.detach().double() for tensor in ours.parameters())
        kept = slice(None) if rows is None else i_g_o(network.width)
        for name, part in zip(names, weight.chunk(len(names), 1), strict=True):
            theirs[f"{name}.weight"][kept] = part
        biases = [theirs[f"{name}.bias"] for name in names]
        biases[0][kept] = bias - sum(other[kept] for other in biases[1:])
    return {f"module.{name}": tensor for name, tensor in theirs.items()}


def i_g_o(width: int) -> Tensor:
    """Which of the channels i, f, g, o a MIM layer uses."""
    return torch.arange(4 * width).view(4, width)[[0, 2, 3]].flatten()


def made_file(folder: Path, model: str, seed: int, shape: tuple[int, int] = (32, 48)) -> Path:
    """NAME.npz with NAME.json of random weights: state, input, future and outputs, in both precisions."""
    network = Network(model, width=8, links=3, reference=True)
    made = lively(**network.fields(), seed=seed).eval()
    with torch.no_grad():
        torch._foreach_mul_(list(made.parameters()), GAIN)
    held: dict[str, Tensor] = {"input": pixels(2, 3, 1, *shape, seed=seed), "future": pixels(2, 3, 1, *shape, seed=9)}
    state = {f"state/{name}": tensor for name, tensor in foreign_weights(network, made, seed).items()}
    arrays = {name: tensor.numpy() for name, tensor in (state | held | outputs(made, held)).items()}
    np.savez(folder / f"{model}.npz", allow_pickle=False, **arrays)
    config = {"hidden_channels": 8, "kernel_size": 3, "input_channels": 1, "links": 3}
    (folder / f"{model}.json").write_text(json.dumps({"model": model.upper(), "config": config}))
    return folder / f"{model}.npz"


def outputs(made: Nowcaster, held: Held) -> dict[str, Tensor]:
    """What a network says, in the meanings of the golden files."""
    alone = {"output_single": predicted(made, held)}
    mix(made)
    single = {"output": predicted(made, held), "output_teacher": predicted(made, held, teach=True)}
    return alone | single | {"output_f64": predicted(made.double(), held)}
