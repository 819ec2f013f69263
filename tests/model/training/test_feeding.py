"""True frames are fed as often as the schedules say."""

import math

import pytest
import torch

from model.training.feeding import FEEDS, draw, reverse, scheduled


def drawn(feed: str, done: float, batch: int = 4000, past: int = 4, future: int = 3) -> torch.Tensor:
    fed = draw(feed, done, (batch, past, future), torch.Generator().manual_seed(0))
    assert fed is not None
    return fed


def test_a_rollout_draws_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    assert draw("rollout", 0.5, (2, 4, 3), generator) is None
    assert torch.equal(generator.get_state(), before)


@pytest.mark.parametrize("done", [0, 0.25, 0.9, 1])
def test_scheduled_sampling_falls_evenly_from_always_to_never(done: float) -> None:
    assert tuple(scheduled(done)) == pytest.approx((1, 1 - done))


def test_reverse_scheduled_sampling_at_the_places_of_the_paper() -> None:
    steps = {step: tuple(reverse(step / 80000)) for step in (0, 24999, 25000, 30000, 37500, 49999, 50000, 80000)}
    assert steps[0] == steps[24999] == (0.5, 0.5)
    assert steps[25000] == pytest.approx((0.5, 0.5))
    assert steps[30000] == pytest.approx((1 - 0.5 / math.e, 0.4))
    assert steps[37500][1] == pytest.approx(0.25)
    assert steps[49999][1] == pytest.approx(0, abs=1e-4)
    assert steps[50000] == steps[80000] == (1, 0)


@pytest.mark.parametrize("feed", sorted(FEEDS.keys() - {"rollout"}))
@pytest.mark.parametrize("done", [0.1, 0.4, 0.95])
def test_what_is_drawn_has_the_odds(feed: str, done: float) -> None:
    fed, odds = drawn(feed, done), FEEDS[feed]
    assert odds is not None
    assert fed.shape == (4000, 5)
    assert fed[:, :3].float().mean().item() == pytest.approx(odds(done).past, abs=0.02)
    assert fed[:, 3:].float().mean().item() == pytest.approx(odds(done).future, abs=0.02)


def test_each_window_and_frame_is_drawn_for_itself() -> None:
    fed = drawn("reverse", 0).float()
    assert torch.corrcoef(fed.T).fill_diagonal_(0).abs().max() < 0.1


def test_one_known_frame_and_one_to_predict_leave_nothing_to_draw() -> None:
    assert drawn("scheduled", 0.5, batch=2, past=1, future=1).shape == (2, 0)
