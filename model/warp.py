"""Moves the pixels of a map along flows."""

import torch
from torch import Tensor
from torch.nn import functional as F


def warp(image: Tensor, flows: Tensor) -> Tensor:
    """The image (B, C, H, W) seen through each of K flows (B, K, 2, H, W): (B, K, C, H, W).

    A flow is (dx, dy) in pixels: the result at (x, y) is the image at (x + dx, y + dy), bilinear, zero outside.
    All flows are one call of grid_sample on a grid K times as high, so that the image is not copied K times.
    """
    batch, channels, height, width = image.shape
    x, y = positions(flows)
    grid = torch.stack(((2 * x + 1) / width - 1, (2 * y + 1) / height - 1), -1)
    seen = F.grid_sample(image.to(grid.dtype), grid.flatten(1, 2), align_corners=False).to(image.dtype)
    return seen.reshape(batch, channels, -1, height, width).transpose(1, 2)


def positions(flows: Tensor) -> tuple[Tensor, Tensor]:
    """Where each pixel looks, x and y (B, K, H, W) in pixels, centres at whole numbers.

    In float32 at least: bfloat16 tells places apart by half a pixel beyond the 64th.
    """
    flows = flows.to(torch.promote_types(flows.dtype, torch.float32))
    height, width = flows.shape[-2:]
    x = torch.arange(width, device=flows.device, dtype=flows.dtype)
    y = torch.arange(height, device=flows.device, dtype=flows.dtype)[:, None]
    return x + flows[:, :, 0], y + flows[:, :, 1]
