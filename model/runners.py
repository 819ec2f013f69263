"""How a network is run on a device: the lean rollout where it fits, else the network itself.

A runner is given frames of the past (B, C, H, W) and says something of each of `horizon` leads, one at a time.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from inspect import signature
from typing import Any, Protocol

import torch
from torch import Tensor

from model.cells import Motion, State, TrajGRU
from model.lean import compiled
from model.lean.eager import Eager, Kernels
from model.lean.rollout import Lean, fits
from model.nowcaster import Nowcaster, Said
from model.stack import Stack

log = logging.getLogger(__name__)

APART: dict[str, Any] = (
    {"isolate_recompiles": True} if "isolate_recompiles" in signature(torch.compile).parameters else {}
)
"""What was compiled of one stack is not held against another: torch 2.13 fails where that one has more states."""


class Runner(Protocol):
    """What an engine runs."""

    def said(self, past: Iterable[Tensor], horizon: int) -> Iterator[Said]:
        """What is said of each lead, in float32."""


class Plain:
    """The network as it stands, its arithmetic in a lower precision where one is given.

    On CUDA, which nobody has tried yet, frames come from pinned memory and a step is one graph of kernels.
    """

    def __init__(self, network: Nowcaster, device: torch.device, precision: torch.dtype) -> None:
        self.network, self.device, self.precision = network, device, precision
        if device.type == "cuda" and type(network.stack) is Stack:
            network.stack = Graphed(network.stack)

    def said(self, past: Iterable[Tensor], horizon: int) -> Iterator[Said]:
        pixels = torch.stack(list(past), 1)
        if self.device.type == "cuda":
            pixels = pixels.pin_memory().to(self.device, non_blocking=True)
        known = pixels.shape[1]
        with self.casting():
            for step, said in enumerate(self.network.said(pixels.to(self.device), horizon)):
                if step >= known - 1:
                    yield Said(said.frame.float(), None if said.chances is None else said.chances.float())

    def casting(self) -> AbstractContextManager[object]:
        """What makes convolutions run in the precision."""
        lower = self.precision != torch.float32
        return torch.autocast(self.device.type, self.precision) if lower else nullcontext()


class Graphed(Stack):
    """A stack whose step is compiled once for a shape and then replayed, on CUDA as one graph."""

    def __init__(self, stack: Stack, **options: Any) -> None:
        super().__init__(stack.layers, stack.scales)
        self.replayed = torch.compile(super().forward, **APART, **(options or {"mode": "reduce-overhead"}))

    def forward(self, x: Tensor, m: Tensor, states: Sequence[State]) -> tuple[Tensor, Tensor, list[State]]:
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        x, m, after = self.replayed(x, m, states)
        # the next replay writes where this one did
        return x.clone(), m.clone(), [[tensor.clone() for tensor in state] for state in after]


def runner(network: Nowcaster, device: torch.device, precision: torch.dtype, compile_kernels: bool = True) -> Runner:
    """The fastest there is for a network and a device in a precision."""
    if device.type == "cpu" and fits(network):
        return Lean(network, precision, kernels(compile_kernels))
    return Plain(network, device, precision)


def kernels(compile_them: bool = True) -> Kernels:
    """The compiled kernels, or where they cannot be had those in torch, which say the same but are slower."""
    if not compile_them:
        return Eager()
    try:
        return compiled.load()
    except compiled.NotCompiled as error:
        log.warning("the engine's kernels run in torch, slower, as they cannot be compiled: %s", error)
        return Eager()


def lower(network: Nowcaster, device: torch.device) -> torch.dtype | None:
    """The lower precision that a device multiplies matrices in faster and that may suit a network; None without.

    Flows say how many pixels to look away: the lean step reads them into float32, autocast would round the places.
    """
    if not (device.type == "cpu" and fits(network)) and any(
        isinstance(part, Motion | TrajGRU) for part in network.modules()
    ):
        return None
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if device.type == "cpu" and has_bfloat16() else None


def has_bfloat16() -> bool:
    """True when this processor multiplies bfloat16 itself, and does not only pretend to."""
    can = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(can.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16", "sve_bf16"))
