"""What training minimises."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from radar.rain import encode

BALANCE = ((0.5, 1.0), (2.0, 2.0), (5.0, 5.0), (10.0, 10.0), (30.0, 30.0))
"""(mm/h, weight from there on) of HKO-7's balanced errors, Shi et al. 2017; below the first the weight is 1."""


def weights(target: Tensor) -> Tensor:
    """The balancing weight of every pixel, from the true pixel in [0, 1]."""
    edges = torch.tensor([float(encode(rain)) for rain, _ in BALANCE], dtype=target.dtype, device=target.device)
    values = torch.tensor([1.0, *(weight for _, weight in BALANCE)], dtype=target.dtype, device=target.device)
    return values[torch.bucketize(target.contiguous(), edges, right=True)]


def balanced(predicted: Tensor, target: Tensor, observed: Tensor) -> Tensor:
    """B-MSE + B-MAE over the observed pixels, a mean per pixel; all tensors of one shape, pixels in [0, 1]."""
    error = (predicted - target).abs()
    weighted = weights(target) * (error + error**2) * observed
    return weighted.sum() / observed.sum().clamp(min=1)


def crossentropy(logits: Tensor, target: Tensor, observed: Tensor, thresholds: Sequence[float]) -> Tensor:
    """How far log-odds (B, T, thresholds, H, W) are from what came, a mean per observed pixel and threshold.

    target, observed: (B, T, 1, H, W), pixels in [0, 1]; the event is rain at or above the threshold (mm/h).
    """
    levels = torch.tensor([float(encode(rain)) for rain in thresholds], dtype=target.dtype, device=target.device)
    came = (target >= levels[:, None, None]).to(logits.dtype)
    error = F.binary_cross_entropy_with_logits(logits, came, reduction="none") * observed
    return error.sum() / (observed.sum() * len(thresholds)).clamp(min=1)
