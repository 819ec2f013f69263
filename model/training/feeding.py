"""Which frames a network eats while it is trained: true ones, or its own predictions."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

HOLD, TURN, RISE = 25 / 80, 50 / 80, 5 / 80
"""Shares of a run: where PredRNN-v2 begins and ends to change the odds, and how fast they rise; of 80,000 steps."""


class Odds(NamedTuple):
    """How likely a true frame is fed: among the known frames after the first, and among the future ones."""

    past: float
    future: float


def scheduled(done: float) -> Odds:
    """Scheduled sampling (Bengio et al. 2015) as the reference has it: true future frames from always to never."""
    return Odds(1.0, 1.0 - done)


def reverse(done: float) -> Odds:
    """Reverse scheduled sampling (PredRNN-v2, Wang et al. 2021): known frames from half of the time to always.

    A network that must bridge known frames it is not shown learns long memory. The future is fed as rarely: from half
    of the time down to never.
    """
    if done < HOLD:
        return Odds(0.5, 0.5)
    if done < TURN:
        turned = (done - HOLD) / (TURN - HOLD)
        return Odds(1 - 0.5 * math.exp(-(done - HOLD) / RISE), 0.5 - 0.5 * turned)
    return Odds(1.0, 0.0)


FEEDS: dict[str, Callable[[float], Odds] | None] = {"rollout": None, "scheduled": scheduled, "reverse": reverse}
"""By name, the odds after a share of the run; a rollout eats what a forecast eats and draws nothing."""


def draw(feed: str, done: float, sizes: tuple[int, int, int], generator: Generator) -> Tensor | None:
    """Where true frames are fed, (B, past + future - 2) of bool, frame 1 first; None for a plain rollout.

    done: the share of the run that is over, 0 to 1; sizes: batch, past, future.
    """
    odds = FEEDS[feed]
    if odds is None:
        return None
    batch, past, future = sizes
    likely = torch.tensor([odds(done).past] * (past - 1) + [odds(done).future] * (future - 1))
    return torch.rand(batch, past + future - 2, generator=generator) < likely
