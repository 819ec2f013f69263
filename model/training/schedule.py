"""The optimiser of a run, and how its learning rate rises and falls."""

import math
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.optim import Optimizer

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
"""By name; Adam adds the weight decay to the gradient, AdamW takes it off the weights (Loshchilov and Hutter 2019)."""


def optimizer_of(name: str, weights: Iterable[nn.Parameter], decay: float) -> Optimizer:
    """The optimiser; its rate is set before each step."""
    return OPTIMIZERS[name](weights, lr=0.0, weight_decay=decay)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """The learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def rate_factor(step: int, steps: int, warmup: int, floor: float) -> float:
    """What the rate is multiplied with: rising evenly for `warmup` steps, then half a cosine down to `floor`.

    step: how many are over. A floor of 1 keeps the rate.
    """
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return floor + (1 - floor) * (1 + math.cos(math.pi * done)) / 2
