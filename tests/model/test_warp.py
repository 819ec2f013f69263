"""Looking along flows."""

import numpy as np
import pytest
import torch
from torch import Tensor

from model.warp import warp
from tests.model.equations import seen_along

SHAPES = [(1, 1), (1, 5), (5, 1), (4, 4), (3, 7), (8, 5)]


def flow(dx: float, dy: float, height: int, width: int) -> Tensor:
    """One flow for all pixels, (1, 1, 2, H, W)."""
    return torch.tensor([dx, dy], dtype=torch.float64).view(1, 1, 2, 1, 1).expand(1, 1, 2, height, width)


def ramp(height: int, width: int) -> Tensor:
    """Columns count by 1, rows by 100."""
    return (torch.arange(width) + 100 * torch.arange(height)[:, None]).double()[None, None]


def moved(dx: float, dy: float, height: int = 3, width: int = 5) -> Tensor:
    return warp(ramp(height, width), flow(dx, dy, height, width))[0, 0, 0]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_flow_changes_nothing(shape: tuple[int, int]) -> None:
    image = torch.rand(2, 3, *shape, dtype=torch.float64)
    seen = warp(image, torch.zeros(2, 4, 2, *shape, dtype=torch.float64))
    torch.testing.assert_close(seen, image[:, None].expand(2, 4, 3, *shape), rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (0, 1), (-1, 0), (0, -1), (2, -1), (9, 0)])
def test_whole_pixels(shape: tuple[int, int], dx: int, dy: int) -> None:
    height, width = shape
    wanted = np.pad(ramp(*shape)[0, 0].numpy(), 9)[9 + dy : 9 + dy + height, 9 + dx : 9 + dx + width]
    np.testing.assert_allclose(moved(dx, dy, *shape), wanted, rtol=0, atol=1e-9)


def test_a_flow_to_the_right_moves_a_ramp_to_the_left() -> None:
    assert moved(1, 0)[0].tolist() == pytest.approx([1, 2, 3, 4, 0])
    assert moved(0, 1)[:, 0].tolist() == pytest.approx([100, 200, 0])


def test_half_a_pixel_is_the_mean_and_outside_is_zero() -> None:
    assert moved(0.5, 0)[0].tolist() == pytest.approx([0.5, 1.5, 2.5, 3.5, 2])
    assert moved(0, 0.5)[:, 0].tolist() == pytest.approx([50, 150, 100])


@pytest.mark.parametrize("shape", SHAPES)
def test_any_flow_against_the_definition(shape: tuple[int, int]) -> None:
    torch.manual_seed(1)
    image = torch.randn(2, 3, *shape, dtype=torch.float64)
    flows = 2 * torch.randn(2, 4, 2, *shape, dtype=torch.float64)
    seen = warp(image, flows)
    for sample, k in np.ndindex(2, 4):
        wanted = seen_along(image[sample].numpy(), *flows[sample, k].numpy())
        np.testing.assert_allclose(seen[sample, k], wanted, rtol=0, atol=1e-12)


def test_half_precision_finds_its_place_on_a_wide_map() -> None:
    image = torch.arange(200.0).expand(1, 1, 8, 200)
    flows = torch.zeros(1, 1, 2, 8, 200)
    flows[:, :, 0] = 0.25
    seen = warp(image, flows.to(torch.bfloat16))[0, 0, 0, 4, 100:150]
    torch.testing.assert_close(seen, torch.arange(100.0, 150.0) + 0.25)
    assert warp(image.to(torch.bfloat16), flows.to(torch.bfloat16)).dtype == torch.bfloat16
