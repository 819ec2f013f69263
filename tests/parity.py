"""`python -m tests.parity DIR`: is every golden file of a folder reproduced?

Each NAME.npz with its NAME.json is one run of the reference on random weights. A line a file: the largest difference
of the forecast, of all steps, with a teacher, of the traces and of the gradients in training, in float32 and float64.
MotionRNN is compared in the meaning of one sample alone (`single`); all else of it with the batch mixed as there.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from model import reference
from model.cells import GHU, Cell, Motion, State
from model.nowcaster import Nowcaster
from model.reference import ReferenceMotion, remembers
from model.zoo import Network
from radar.errors import NowcastError

FLOAT32, FLOAT64 = 1e-5, 1e-9
Found = dict[str, tuple[float, float]]
"""What was compared: the largest difference, and the largest allowed."""
Held = Mapping[str, Tensor]


def main(folder: Path) -> int:
    """Print a line a file; 1 when any differs or there is none."""
    torch.set_num_threads(1)  # such small maps are no work for two
    files = sorted(folder.glob("*.npz"))
    good = [report(path) for path in files]
    print(f"{sum(good)} of {len(files)} ok")
    return 0 if files and all(good) else 1


def report(path: Path) -> bool:
    """Compare one file and print what was found."""
    try:
        found = differences(path)
    except (OSError, ValueError, LookupError, AssertionError, BadZipFile, NowcastError) as error:
        print(f"{path.stem:<14} cannot be compared: {type(error).__name__}: {error}  differs")
        return False
    good = all(value <= limit for value, limit in found.values())
    numbers = "  ".join(f"{name} {value:.1e}" for name, (value, _) in found.items())
    print(f"{path.stem:<14} {numbers}  {'ok' if good else 'differs'}")
    return good


def differences(path: Path) -> Found:
    """All comparisons that a file allows."""
    about = json.loads(path.with_suffix(".json").read_text())
    with np.load(path) as archive:
        held = {name: torch.from_numpy(archive[name]) for name in archive.files}
    single, double = (loaded(about, held, precision) for precision in (torch.float32, torch.float64))
    found = alone(single, held) if "output_single" in held else {}
    for network in (single, double):
        mix(network)
    return found | rollouts(single, double, held) | traced(single, held) | trained(double, about, held)


def loaded(about: Mapping[str, Any], held: Held, precision: torch.dtype) -> Nowcaster:
    """The network of a file with its weights."""
    config = about["config"]
    network = Network(
        model=about["model"].lower(),
        width=config["hidden_channels"],
        kernel=config["kernel_size"],
        channels=config["input_channels"],
        links=config["links"] or 10,
        reference=True,
    )
    built = network.build().to(precision).eval()
    reference.load(built, {name.removeprefix("state/"): held[name] for name in held if name.startswith("state/")})
    return built


def mix(network: Nowcaster) -> None:
    """Let MotionRNN mix the samples of a batch as the reference does."""
    for cell in network.modules():
        if isinstance(cell, ReferenceMotion):
            cell.mixes = True


def alone(network: Nowcaster, held: Held) -> Found:
    """The whole batch at once, against each sample run by itself in the reference."""
    return {"single": (gap(predicted(network, held), held["output_single"]), FLOAT32)}


def rollouts(single: Nowcaster, double: Nowcaster, held: Held) -> Found:
    """Forecast, all steps, and all steps with the true frames fed."""
    horizon = held["future"].shape[1]
    steps, exact = predicted(single, held), predicted(double, held)
    taught = predicted(single, held, teach=True)
    return {
        "forecast/32": (gap(steps[:, -horizon:], held["output"][:, -horizon:]), FLOAT32),
        "steps/32": (gap(steps, held["output"]), FLOAT32),
        "teacher/32": (gap(taught, held["output_teacher"]), FLOAT32),
        "forecast/64": (gap(exact[:, -horizon:], held["output_f64"][:, -horizon:]), FLOAT64),
        "steps/64": (gap(exact, held["output_f64"]), FLOAT64),
    }


def predicted(network: Nowcaster, held: Held, teach: bool = False) -> Tensor:
    """All predictions of a network for the input of a file."""
    precision, future = network.embed.weight.dtype, held["future"]
    truth = future[:, :-1].to(precision)
    with torch.no_grad():
        teacher = (truth, torch.ones(truth.shape[:2], dtype=torch.bool)) if teach else None
        output: Tensor = network(held["input"].to(precision), future.shape[1], teacher)
    return output


def traced(network: Nowcaster, held: Held) -> Found:
    """The states of every layer after the first and the second step; what never matters is not kept here."""
    seen: list[dict[str, Tensor]] = []
    hooks = [
        cell.register_forward_hook(lambda cell, _, out: seen.append(states(cell, *out)))
        for cell in network.stack.layers
    ]
    predicted(network, held)
    for hook in hooks:
        hook.remove()
    layers = len(network.stack.layers)
    named = {
        f"trace/t{at // layers}/l{at % layers}/{name}": t for at, kept in enumerate(seen) for name, t in kept.items()
    }
    compared = {name: gap(tensor, held[name]) for name, tensor in named.items() if name in held}
    assert len(compared) >= 2 * layers, "a file with hardly any traces says nothing"
    return {"traces": (max(compared.values()), FLOAT32)}


def states(cell: Cell, state: State, m: Tensor) -> dict[str, Tensor]:
    """The tensors of a cell under the names that the files have for them."""
    kept = {"h": state[0], "m": m, **({"c": state[1]} if len(state) > 1 else {})}
    if remembers(cell):
        kept |= {"n": state[2], "s": state[3]}
    if isinstance(cell, GHU):
        kept["z"] = state[-1]
    if isinstance(cell, Motion):
        kept |= {"F": state[-2], "D": state[-1]}
    return kept


def trained(network: Nowcaster, about: Mapping[str, Any], held: Held) -> Found:
    """Loss and the norm of every gradient, relative; float64 there and here."""
    target = torch.cat([held["input"][:, 1:], held["future"]], 1).double()
    error = network(held["input"].double(), held["future"].shape[1]) - target
    loss = (error**2).sum((2, 3, 4)).mean() + error.abs().sum((2, 3, 4)).mean()
    loss.backward()
    wanted = about["training"]["grad_l2"]
    ratios = [abs(norm / wanted[name] - 1) for name, norm in norms(network).items()]
    return {"loss": (abs(loss.item() / about["training"]["loss"] - 1), FLOAT64), "gradients": (max(ratios), 1e-7)}


def norms(network: Nowcaster) -> dict[str, float]:
    """The norm of the gradient of each of the reference's parameters that matters."""
    found: dict[str, float] = {}
    for ours, names, _ in reference.joins(network):
        weight, bias = ours.weight.grad, ours.bias.grad
        assert isinstance(weight, Tensor)
        assert isinstance(bias, Tensor)
        for name, part in zip(names, weight.chunk(len(names), 1), strict=True):
            found |= {f"{name}.weight": part.norm().item(), f"{name}.bias": bias.norm().item()}
    return found


def gap(ours: Tensor, theirs: Tensor) -> float:
    """The largest absolute difference."""
    return float((ours - theirs).abs().max())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.parity DIR, a folder of golden files")
    sys.exit(main(Path(sys.argv[1])))
