"""Convolutions of strips of a map, weights laid out once for the processor."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F


class Convolution:
    """A convolution that is asked for a strip of its result at a time.

    weight (out, in, k, k) and bias (out) are used in `precision`. It reads a map (rows + k - 1, width, in) of its
    input, so of strips with the rows above and below; outside the left and right edge is zero.
    """

    def __init__(self, weight: Tensor, bias: Tensor, precision: torch.dtype) -> None:
        self.pad = weight.shape[2] // 2
        self.weight = weight.to(precision).contiguous(memory_format=torch.channels_last)
        self.bias = bias.to(precision)
        self.run = self.prepacked() if torch._C._has_mkldnn else self.plain

    def __call__(self, rows: Tensor) -> Tensor:
        """(rows, width, out) of the rows and their surroundings."""
        image: Tensor = self.run(rows.permute(2, 0, 1)[None])
        return image[0].permute(1, 2, 0)

    def plain(self, image: Tensor) -> Tensor:
        """As torch does it everywhere."""
        return F.conv2d(image, self.weight, self.bias, padding=(0, self.pad))

    def prepacked(self) -> Callable[[Tensor], Tensor]:
        """As oneDNN does it fastest: the weights in its own layout, which plain calls would make anew every time."""
        padding, ones = [0, self.pad], [1, 1]
        packed = torch._C._nn.mkldnn_reorder_conv2d_weight(self.weight.to_mkldnn(), padding, ones, ones, 1)

        def run(image: Tensor) -> Tensor:
            result: Tensor = torch.ops.mkldnn._convolution_pointwise(
                image, packed, self.bias, padding, ones, ones, 1, "none", [], ""
            )
            return result

        return run
