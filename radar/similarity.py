"""How alike two pictures of rain are: SSIM and PSNR, as papers on video prediction give them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from radar.frames import Rain
from radar.rain import encode
from radar.sums import Floats, Integers, Sums, check_pair, ratio

SIGMA, REACH = 1.5, 5
"""Pixels: width of SSIM's Gaussian window, and how far it reaches."""
C1, C2 = 0.01**2, 0.03**2
FAINTEST = 1e-10
"""The least mean squared difference: two equal pictures have a PSNR of 100 dB, not of infinity."""
RULES = {
    "picture": "(dBZ + 10) / 70 in [0, 1]; 0 in both where not observed",
    "ssim": "Gaussian window of 1.5 pixels cut at 5, mean over observed pixels at least 5 from the edge",
    "psnr": "10 log10(1 / MSE over observed pixels), at most 100 dB",
    "aggregation": "mean over frames",
}


@dataclass(frozen=True, eq=False)
class Similarity(Sums):
    """Sums over frames, each array (leads,): of SSIM, of PSNR in dB, and of frames of which anything was observed."""

    frames: Integers
    ssim: Floats
    psnr: Floats


SIMILARITY: dict[str, Callable[[Similarity], Floats]] = {
    "ssim": lambda sums: ratio(sums.ssim, sums.frames),
    "psnr": lambda sums: ratio(sums.psnr, sums.frames),
}


def similarity(forecast: Rain, observed: Rain) -> Similarity:
    """How alike a forecast and what came look; both (T, Y, X) mm/h, one lead per frame.

    ValueError where the shapes differ.
    """
    check_pair(forecast, observed)
    frames = [_frame(said, came) for said, came in zip(forecast, observed, strict=True)]
    counted, *sums = np.reshape(frames, (len(frames), 3)).T
    return Similarity(counted.astype(np.int64), *sums)


def _frame(said: Rain, came: Rain) -> tuple[int, float, float]:
    """1, SSIM and PSNR of one frame; zeros where nothing was observed that counts."""
    seen = np.isfinite(came)
    if not inner(seen).any():
        return 0, 0.0, 0.0
    forecast, truth = (np.where(seen, np.nan_to_num(encode(rain)), 0).astype(np.float64) for rain in (said, came))
    return 1, alike(forecast, truth, seen), psnr(forecast, truth, seen)


def alike(one: Floats, two: Floats, seen: NDArray[np.bool_]) -> float:
    """The mean SSIM of two pictures (Y, X) in [0, 1] over the pixels that were seen and count."""
    return float(ssim(one, two)[inner(seen)].mean())


def psnr(one: Floats, two: Floats, seen: NDArray[np.bool_]) -> float:
    """Peak signal-to-noise ratio in dB of two pictures in [0, 1], of any shape, over the pixels that were seen."""
    error = float(np.mean((one - two)[seen] ** 2))
    return -10 * math.log10(max(error, FAINTEST))


def inner(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The observed pixels (Y, X) whose window lies inside the picture; all where the picture is no wider than that."""
    inside = np.zeros_like(seen)
    inside[REACH:-REACH, REACH:-REACH] = True
    return seen & inside if inside.any() else seen


def ssim(one: Floats, two: Floats) -> Floats:
    """(Y, X) structural similarity of two pictures in [0, 1] around each pixel (Wang et al. 2004)."""
    mean_one, mean_two = blurred(one), blurred(two)
    var_one, var_two = blurred(one * one) - mean_one**2, blurred(two * two) - mean_two**2
    covariance = blurred(one * two) - mean_one * mean_two
    part = (2 * mean_one * mean_two + C1) * (2 * covariance + C2)
    return np.asarray(part / ((mean_one**2 + mean_two**2 + C1) * (var_one + var_two + C2)))


def blurred(picture: Floats) -> Floats:
    """The weighted mean around each pixel."""
    return np.asarray(gaussian_filter(picture, SIGMA, radius=REACH))
