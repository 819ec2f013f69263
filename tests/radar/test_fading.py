"""Details fade as fast as those of the past did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter

from radar.fading import NARROWEST, SHARE, SPAN, WIDTHS, fading, softened
from radar.frames import Rain


def texture(seed: int, width: float, side: int = 96) -> Rain:
    """Rain (Y, X) of cells about this many pixels wide, dry in between."""
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(side, side)), width)
    return np.asarray(np.maximum(0, 5 * noise / noise.std()), np.float32)


def test_steady_rain_does_not_fade() -> None:
    assert fading(np.stack([texture(0, 2)] * 4)) == 0


@pytest.mark.parametrize("span", [2, 6])
def test_the_width_is_found_that_was_lost(span: int) -> None:
    """The older frame has details over the same large cells which nothing of is left in the newer."""
    cells = texture(1, 8)
    older = cells + texture(2, 1)
    found = fading(np.stack([older] * span + [cells + texture(3, 1)]))
    assert 1.4 <= found * span / SHARE <= 8


def test_rain_without_order_fades_more_than_rain_that_stays() -> None:
    calm, wild = ([0.95 * texture(0, 3) + share * texture(at, 1) for at in (1, 2, 3)] for share in (0.1, 1.0))
    assert fading(np.stack(calm)) < fading(np.stack(wild))


@pytest.mark.parametrize("seen", [np.ones((1, 8, 8)), np.ones((4, 8, 8)), np.full((4, 8, 8), np.nan)])
def test_what_does_not_vary_does_not_fade(seen: Rain) -> None:
    assert fading(seen.astype(np.float32)) == 0


def test_only_the_last_half_hour_counts() -> None:
    storm = np.stack([texture(at, 2) for at in range(SPAN + 1)])
    assert fading(np.concatenate([storm[:3] * 0, storm])) == fading(storm)


rains = arrays(np.float32, (3, 9, 11), elements=st.floats(0, 100, width=32) | st.just(np.nan))


@given(rains)
def test_any_rain_fades_between_not_at_all_and_as_much_as_is_tried(seen: Rain) -> None:
    assert 0 <= fading(seen) <= SHARE * max(WIDTHS) / 2


@given(rains, st.floats(NARROWEST, 20))
def test_a_softened_field_stays_within_what_is_known(seen: Rain, width: float) -> None:
    field, known = np.nan_to_num(seen[0]), np.isfinite(seen[0])
    soft = softened(field, known, width)
    assert np.isfinite(soft).all()
    assert soft.max() <= max(field[known], default=0) * 1.001 + 1e-6
    assert soft.min() >= 0


def test_nothing_is_softened_by_less_than_can_be_seen() -> None:
    field = texture(4, 1)
    assert softened(field, field >= 0, NARROWEST / 2) is field


def test_a_flat_field_stays_flat_up_to_the_edge_of_what_is_known() -> None:
    known = np.zeros((20, 20), bool)
    known[5:, :12] = True
    soft = softened(np.where(known, 3, 99).astype(np.float32), known, 2)
    np.testing.assert_allclose(soft[known], 3, rtol=1e-5)
