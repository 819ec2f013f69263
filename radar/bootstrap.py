"""How far a score could have come out otherwise: a bootstrap over blocks of windows."""

import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from radar.sums import Floats, Integers, Sums

DRAWS = 1000
"""Resamples: enough for two digits of the ends of a 95 % interval."""
S = TypeVar("S", bound=Sums)


def drawn(blocks: int, draws: int = DRAWS, seed: int = 0) -> Integers:
    """(draws, blocks): how often each block is in a resample of as many blocks, drawn with replacement.

    Blocks, as neighbouring windows are alike (Efron and Tibshirani 1993, ch. 8). Methods whose scores rest on the
    same rows are compared in pairs. The same seed gives the same rows.
    """
    return np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), draws)


def resampled(blocks: Sequence[S], rows: Integers, score: Callable[[S], Floats]) -> Floats:
    """The score of each resample, (draws, leads, ...); the blocks are those that `rows` (draws, blocks) counts.

    The score is called once, on sums whose arrays have the draws in front of the leads.
    """
    stacks = [np.stack(parts) for parts in zip(*(block.arrays for block in blocks), strict=True)]
    return score(type(blocks[0])(*(np.tensordot(rows, stack, 1) for stack in stacks)))


def interval(scores: Floats, share: float = 0.95) -> tuple[Floats, Floats]:
    """Lower and upper end of the middle `share` of scores (draws, ...): percentiles, over the draws that have one."""
    tail = (1 - share) / 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where no draw has a score there is no interval
        low, high = np.nanquantile(scores, [tail, 1 - tail], axis=0)
    return low, high
