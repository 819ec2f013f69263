"""A trained network as one file for other runtimes: ONNX, or a program of torch.export.

The file holds one step: a frame and the states go in, the next frame and the new states come out, so that it takes any
number of frames and gives any number of leads, for any batch and any height and width that the stride divides. States
begin as zeros; past the known frames each prediction is the next frame in. Frames are pixels (`radar.rain.encode`):
what the engine does around a network, moving with the rain and matching amounts, is not in the file.
"""

import io
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram
from torch.nn import functional as F

from model.nowcaster import Nowcaster
from radar.card import Card
from radar.errors import BadInput, NowcastError

TOLERANCE = 1e-4
"""Largest difference from the network, in pixels of [0, 1], that a file may have: 0.007 dB."""
OPSET = 20
"""Of ONNX; 16 is the first that has grid_sample, whose word for bilinear changed with 20."""
EXAMPLE, CHECK = (2, 2, 3), (1, 3, 5)
"""Batch, and height and width in strides, of what is exported and of what is then compared; no two alike, as sizes
that are equal, or one, could pass for constants."""
KNOWN, LEADS = 3, 3
"""Frames in and out of the rollout that is compared."""

Run = Callable[[Sequence[Tensor]], Sequence[Tensor]]
"""What a file does: frame and states to next frame, chances where the network gives them, and new states."""


class ExportFailed(NowcastError):
    """The file does not do what the network does; nothing is written."""


class Step(nn.Module):
    """One step of a network, with its states outside: the first is the memory m, then come those of each layer."""

    def __init__(self, network: Nowcaster) -> None:
        super().__init__()
        self.network = network
        self.lengths = [len(state) for state in network.stack.begin(self._embedded(example(network, EXAMPLE)))]

    def begin(self, frame: Tensor) -> list[Tensor]:
        """Zero states for frames (B, C, H, W) shaped like this one."""
        x = self._embedded(frame)
        states = [tensor for state in self.network.stack.begin(x) for tensor in state]
        return [tensor.detach().clone() for tensor in (torch.zeros_like(x), *states)]

    def forward(self, frame: Tensor, states: list[Tensor]) -> tuple[Tensor, ...]:
        """Next frame (B, C, H, W), chances (B, thresholds, H, W) in [0, 1] if there are, and the new states."""
        network, m, rest = self.network, states[0], iter(states[1:])
        nested = [[next(rest) for _ in range(length)] for length in self.lengths]
        x, m, new = network.stack(self._embedded(frame), m, nested)
        change = F.pixel_shuffle(network.head(x), network.patch)
        chances = [] if network.chance is None else [F.pixel_shuffle(network.chance(x), network.patch).sigmoid()]
        return frame + change if network.residual else change, *chances, m, *(part for state in new for part in state)

    def _embedded(self, frame: Tensor) -> Tensor:
        x: Tensor = self.network.embed(F.pixel_unshuffle(frame, self.network.patch))
        return x


@dataclass(frozen=True)
class Kind:
    """How a file is written and run."""

    write: Callable[[Step, Card], bytes]
    opened: Callable[[bytes], Run]


@torch.no_grad()
def export(network: Nowcaster, card: Card, kind: str) -> tuple[bytes, float]:
    """The file of a network in a kind of KINDS, and by how much at most a rollout of it differs from the network's.

    Raises ExportFailed for more than TOLERANCE, BadInput where the packages for the kind are not installed.
    """
    step = Step(network.eval())
    with quiet():
        data = KINDS[kind].write(step, card)
    apart = difference(step, KINDS[kind].opened(data))
    if not apart <= TOLERANCE:
        raise ExportFailed(f"The {kind} file differs from the network by {apart:.2g}, more than {TOLERANCE:g}.")
    return data, apart


def example(network: Nowcaster, sizes: tuple[int, int, int]) -> Tensor:
    """A random frame of a batch, and of a height and width in strides."""
    batch, rows, columns = sizes
    channels = network.embed.in_channels // network.patch**2
    return torch.rand(batch, channels, rows * network.stride, columns * network.stride)


def difference(step: Step, run: Run) -> float:
    """Largest difference between a rollout of the network and one of the file, of other sizes than it was made with."""
    past = torch.stack([example(step.network, CHECK) for _ in range(KNOWN)], 1)
    frame, states, apart = past[:, 0], step.begin(past[:, 0]), []
    for at, said in enumerate(step.network.said(past, LEADS)):
        wanted = [said.frame] if said.chances is None else [said.frame, said.chances.sigmoid()]
        found = run([past[:, at] if at < KNOWN else frame, *states])
        apart += [(one - two).abs().max() for one, two in zip(found, wanted, strict=False)]
        frame, states = found[0], list(found[len(wanted) :])
    return float(torch.stack(apart).max())  # NaN when any is, unlike Python's max


def dynamic(step: Step, frame: Tensor, states: Sequence[Tensor]) -> tuple[Any, Any]:
    """Which sizes of the inputs are free: batch, and rows and columns in strides."""
    batch, rows, columns = Dim("batch"), Dim("rows"), Dim("columns")

    def free(tensor: Tensor) -> dict[int, Any]:
        per_row, per_column = tensor.shape[2] // EXAMPLE[1], tensor.shape[3] // EXAMPLE[2]
        return {
            0: batch,
            2: rows if per_row == 1 else per_row * rows,
            3: columns if per_column == 1 else per_column * columns,
        }

    return free(frame), [free(state) for state in states]


def program(step: Step) -> ExportedProgram:
    """The step as torch.export sees it."""
    frame = example(step.network, EXAMPLE)
    states = step.begin(frame)
    return torch.export.export(step, (frame, states), dynamic_shapes=dynamic(step, frame, states))


def write_torch(step: Step, card: Card) -> bytes:
    """A .pt2 archive with the card beside the program."""
    file = io.BytesIO()
    torch.export.save(program(step), file, extra_files={"card.json": card.model_dump_json()})
    return file.getvalue()


def open_torch(data: bytes) -> Run:
    """What torch.export.load gives."""
    module = torch.export.load(io.BytesIO(data)).module()
    return lambda inputs: module(inputs[0], list(inputs[1:]))


def write_onnx(step: Step, card: Card) -> bytes:
    """An ONNX model with the card among its properties."""
    try:
        import onnx  # noqa: PLC0415 (an extra of its own)
        import onnxruntime  # noqa: F401, PLC0415
        import onnxscript  # noqa: F401, PLC0415
    except ImportError as error:
        raise BadInput("An ONNX file needs more packages: pip install 'nowcast[export]'.") from error
    names = [f"state_{at}" for at in range(1 + sum(step.lengths))]
    said = ["next"] if step.network.chance is None else ["next", "chances"]
    made = torch.onnx.export(
        program(step),
        dynamo=True,
        opset_version=OPSET,
        input_names=["frame", *names],
        output_names=[*said, *(f"new_{name}" for name in names)],
        verbose=False,
    )
    assert made is not None
    model = made.model_proto
    onnx.helper.set_model_props(model, {"card": card.model_dump_json(), "stride": str(step.network.stride)})
    return bytes(model.SerializeToString())


def open_onnx(data: bytes) -> Run:
    """What onnxruntime runs on the processor."""
    import onnxruntime  # noqa: PLC0415

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]

    def run(inputs: Sequence[Tensor]) -> list[Tensor]:
        given = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
        return [torch.from_numpy(array) for array in session.run(None, given)]

    return run


KINDS = {"onnx": Kind(write_onnx, open_onnx), "torch": Kind(write_torch, open_torch)}


@contextmanager
def quiet() -> Iterator[None]:
    """Without what torch's exporters say about themselves, and about packages that we do not need."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
