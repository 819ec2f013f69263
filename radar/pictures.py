"""How far pictures in [0, 1] that need not be rain are off: MSE and MAE of a frame, SSIM, PSNR."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.similarity import C1, C2, REACH, SIGMA, SIMILARITY, Similarity, alike, inner, psnr
from radar.sums import Floats, Integers, ratio

RULES: dict[str, Any] = {
    "mse, mae": "of pixels as said, summed over a frame of all channels, mean over frames; also the mean of a pixel",
    "ssim": f"of pixels cut to [0, 1]: Gaussian window of {SIGMA:g} pixels cut at {REACH}, mean over channels",
    "ssim constants": (C1, C2),
    "psnr": "10 log10(1 / MSE) of pixels cut to [0, 1], all channels, at most 100 dB",
    "aggregation": "mean over frames",
}


@dataclass(frozen=True, eq=False)
class Pictures(Similarity):
    """Sums over frames of any channels, each array (steps,): also of observed pixels, and of how far these are off."""

    pixels: Integers
    squared: Floats
    absolute: Floats


PICTURES: dict[str, Callable[[Pictures], Floats]] = {
    "mse": lambda sums: ratio(sums.squared, sums.frames),
    "mae": lambda sums: ratio(sums.absolute, sums.frames),
    **SIMILARITY,
    "mse a pixel": lambda sums: ratio(sums.squared, sums.pixels),
    "mae a pixel": lambda sums: ratio(sums.absolute, sums.pixels),
}


def pictures(said: NDArray[np.floating], came: NDArray[np.floating], seen: NDArray[np.bool_]) -> Pictures:
    """The sums of what was said against what came, where it was seen; all (T, C, Y, X), a step a frame.

    ValueError where the shapes differ.
    """
    if not said.shape == came.shape == seen.shape or said.ndim != 4:
        raise ValueError(f"Pictures of {said.shape} cannot be compared with {came.shape} seen in {seen.shape}.")
    frames = [_frame(*parts) for parts in zip(said, came, seen, strict=True)]
    counted, likeness, noise, pixels, squared, absolute = np.reshape(frames, (len(frames), 6)).T
    return Pictures(counted.astype(np.int64), likeness, noise, pixels.astype(np.int64), squared, absolute)


def _frame(said: NDArray[np.floating], came: NDArray[np.floating], seen: NDArray[np.bool_]) -> tuple[float, ...]:
    """The six sums of one frame (C, Y, X)."""
    forecast, truth = (np.where(seen, part, 0).astype(np.float64) for part in (said, came))
    off = forecast - truth
    sums = float(seen.sum()), float((off**2).sum()), float(np.abs(off).sum())
    channels = [one for one in zip(np.clip(forecast, 0, 1), truth, seen, strict=True) if inner(one[2]).any()]
    if not channels:
        return 0.0, 0.0, 0.0, *sums
    return 1.0, float(np.mean([alike(*one) for one in channels])), psnr(np.clip(forecast, 0, 1), truth, seen), *sums
