"""The balanced error and the cross entropy, by hand."""

import numpy as np
import pytest
import torch

from model.losses import LOSSES, balanced, crossentropy, weights
from radar.rain import encode

WEIGHTS = {0.0: 1, 0.4: 1, 0.5: 1, 1.99: 1, 2.0: 2, 4.9: 2, 5.0: 5, 9.9: 5, 10.0: 10, 29.9: 10, 30.0: 30, 200.0: 30}


def target(*rain: float, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.tensor(np.asarray(encode(rain)), dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("rain", "weight"), WEIGHTS.items())
def test_weights_of_hko7(rain: float, weight: int, dtype: torch.dtype) -> None:
    found = weights(target(rain, dtype=dtype))
    assert found.tolist() == [weight]
    assert found.dtype == dtype


def test_squared_and_absolute_error_weighted_per_pixel() -> None:
    true = target(1.0, 3.0, 12.0, 40.0)
    said = true + torch.tensor([0.1, -0.2, 0.5, 0.0])
    by_hand = (1 * (0.1 + 0.01) + 2 * (0.2 + 0.04) + 10 * (0.5 + 0.25) + 30 * 0) / 4
    assert balanced(said, true, torch.ones(4).bool()).item() == pytest.approx(by_hand, rel=1e-5)


def test_pixels_not_observed_do_not_count() -> None:
    true = target(1.0, 12.0, 30.0)
    said = (true + torch.tensor([0.1, 0.2, 0.9])).requires_grad_()
    loss = balanced(said, true, torch.tensor([True, True, False]))
    assert loss.item() == pytest.approx(((0.1 + 0.01) + 10 * (0.2 + 0.04)) / 2, rel=1e-5)
    (felt,) = torch.autograd.grad(loss, said)
    assert felt[:2].all()
    assert felt[2] == 0


def test_nothing_observed_is_no_error() -> None:
    true = target(1.0, 12.0)
    assert balanced(true + 1, true, torch.zeros(2).bool()).item() == 0


def test_shape_does_not_matter() -> None:
    true, said = torch.rand(2, 6, generator=torch.Generator().manual_seed(0))
    seen = torch.tensor([True, False] * 3)
    flat = balanced(said, true, seen)
    assert balanced(*(part.view(1, 3, 1, 1, 2) for part in (said, true, seen))).item() == pytest.approx(flat.item())


def test_cross_entropy_by_hand() -> None:
    true = target(0.4, 0.5, 3.0).reshape(1, 1, 1, 1, 3)
    logits = torch.zeros(1, 1, 2, 1, 3)
    logits[0, 0, 1] = np.log(3)  # three to one that 2 mm/h is reached
    seen = torch.tensor([True, True, True]).reshape(true.shape)
    by_hand = (3 * np.log(2) + 2 * np.log(4) + np.log(4 / 3)) / 6
    assert crossentropy(logits, true, seen, (0.5, 2.0)).item() == pytest.approx(by_hand, rel=1e-5)


def test_cross_entropy_counts_a_rate_at_the_threshold_as_reached() -> None:
    true = target(0.5).reshape(1, 1, 1, 1, 1)
    sure = torch.full((1, 1, 1, 1, 1), 30.0)
    assert crossentropy(sure, true, torch.ones_like(true).bool(), (0.5,)).item() < 1e-6


def test_cross_entropy_does_not_see_what_was_not_observed() -> None:
    true, logits = target(0.0, 9.0).reshape(1, 1, 1, 1, 2), torch.tensor([-30.0, -30.0]).reshape(1, 1, 1, 1, 2)
    seen = torch.tensor([True, False]).reshape(true.shape)
    assert crossentropy(logits, true, seen, (1.0,)).item() < 1e-6


def test_plain_errors_by_hand() -> None:
    true, said = torch.tensor([0.1, 0.2, 0.9]), torch.tensor([0.2, 0.0, 0.0])
    seen = torch.tensor([True, True, False])
    found = {name: LOSSES[name](said, true, seen).item() for name in ("mse", "mae", "mse+mae")}
    assert found == pytest.approx({"mse": 0.025, "mae": 0.15, "mse+mae": 0.175})


def test_the_reference_sums_over_pixels_and_averages_over_frames() -> None:
    random = torch.Generator().manual_seed(0)
    true, said = torch.rand(2, 2, 3, 2, 4, 5, generator=random)
    by_hand = [
        ((one - other) ** 2).sum() + (one - other).abs().sum()
        for one, other in zip(true.flatten(0, 1), said.flatten(0, 1), strict=True)
    ]
    found = LOSSES["reference"](said, true, torch.ones_like(true).bool())
    assert found.item() == pytest.approx(torch.stack(by_hand).mean().item(), rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_leaves_out_what_was_not_observed(name: str) -> None:
    true, said = torch.rand(2, 1, 2, 1, 3, 3, generator=torch.Generator().manual_seed(1))
    seen = torch.rand(true.shape, generator=torch.Generator().manual_seed(2)) < 0.5
    loss = LOSSES[name](said, true, seen).item()
    assert LOSSES[name](torch.where(seen, said, 9.0), true, seen).item() == pytest.approx(loss)
    assert LOSSES[name](said, true, ~seen).item() != pytest.approx(loss)
    assert LOSSES[name](said, true, torch.zeros_like(seen)).item() == 0
    assert LOSSES[name](true, true, seen).item() == 0
