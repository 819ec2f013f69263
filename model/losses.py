"""What training minimises: each loss counts observed pixels only, and all tensors have one shape."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from radar.deviations import BALANCE
from radar.rain import encode

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Of what is predicted, what came and where it was observed: (B, T, C, H, W), pixels in [0, 1], to one number."""


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


def squared(predicted: Tensor, target: Tensor, observed: Tensor) -> Tensor:
    """MSE, a mean per observed pixel."""
    return ((predicted - target) ** 2 * observed).sum() / observed.sum().clamp(min=1)


def absolute(predicted: Tensor, target: Tensor, observed: Tensor) -> Tensor:
    """MAE, a mean per observed pixel."""
    return ((predicted - target).abs() * observed).sum() / observed.sum().clamp(min=1)


def both(predicted: Tensor, target: Tensor, observed: Tensor) -> Tensor:
    """MSE + MAE, a mean per observed pixel."""
    return squared(predicted, target, observed) + absolute(predicted, target, observed)


def reference(predicted: Tensor, target: Tensor, observed: Tensor) -> Tensor:
    """MSE + MAE as the MS-RNN reference has it: a sum over the pixels of a frame, a mean over frames and samples.

    A frame that was not observed as a whole counts by the share of it that was.
    """
    return both(predicted, target, observed) * target[0, 0].numel()


LOSSES: dict[str, Loss] = {
    "balanced": balanced,
    "mse+mae": both,
    "mse": squared,
    "mae": absolute,
    "reference": reference,
}


def crossentropy(logits: Tensor, target: Tensor, observed: Tensor, thresholds: Sequence[float]) -> Tensor:
    """How far log-odds (B, T, thresholds, H, W) are from what came, a mean per observed pixel and threshold.

    target, observed: (B, T, 1, H, W), pixels in [0, 1]; the event is rain at or above the threshold (mm/h).
    """
    levels = torch.tensor([float(encode(rain)) for rain in thresholds], dtype=target.dtype, device=target.device)
    came = (target >= levels[:, None, None]).to(logits.dtype)
    error = F.binary_cross_entropy_with_logits(logits, came, reduction="none") * observed
    return error.sum() / (observed.sum() * len(thresholds)).clamp(min=1)
