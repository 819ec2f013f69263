import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.bootstrap import drawn, interval, resampled
from radar.scores import Counts
from radar.sums import Floats


def csi(counts: Counts) -> Floats:
    return counts.csi


def block(hits: int, misses: int) -> Counts:
    return Counts(*(np.array([[n]]) for n in (hits, misses, 0, 0)))


@given(st.integers(1, 9), st.integers(0, 99))
def test_each_resample_has_as_many_blocks_and_the_seed_decides(blocks: int, seed: int) -> None:
    rows = drawn(blocks, 7, seed)
    assert rows.shape == (7, blocks)
    assert (rows.sum(axis=1) == blocks).all()
    np.testing.assert_array_equal(rows, drawn(blocks, 7, seed))


def test_resamples_by_hand() -> None:
    rows = np.array([[1, 1], [2, 0], [0, 2]])
    np.testing.assert_allclose(resampled([block(1, 1), block(9, 1)], rows, csi).ravel(), [10 / 12, 0.5, 0.9])


def test_alike_blocks_leave_no_doubt() -> None:
    low, high = interval(resampled([block(3, 1)] * 5, drawn(5), csi))
    assert low.item() == high.item() == 0.75


def test_an_interval_covers_as_often_as_it_says() -> None:
    """The mean of coin tosses in 40 blocks: 95 % intervals hold the truth in 90 to 99 of 100 trials."""
    random = np.random.default_rng(1)
    held = 0
    for seed in range(200):
        blocks = [block(int(hits), 20 - int(hits)) for hits in random.binomial(20, 0.3, 40)]
        low, high = interval(resampled(blocks, drawn(40, 200, seed), csi))
        held += int(low.item() <= 0.3 <= high.item())
    assert 0.89 <= held / 200 <= 0.99


def test_a_paired_difference_is_surer_than_the_scores() -> None:
    random = np.random.default_rng(2)
    base = random.integers(10, 90, 30)
    one, two = ([block(int(hits) + more, 100 - int(hits) - more) for hits in base] for more in (5, 0))
    rows = drawn(30)
    draws = [resampled(blocks, rows, csi) for blocks in (one, two)]
    low, high = interval(draws[0] - draws[1])
    assert (low.item(), high.item()) == pytest.approx((0.05, 0.05))
    wide_low, wide_high = interval(draws[0])
    assert wide_high.item() - wide_low.item() > 0.05


def test_draws_without_a_score_are_left_out() -> None:
    low, high = interval(np.array([[np.nan, np.nan], [0.5, np.nan]]))
    np.testing.assert_array_equal(low, [0.5, np.nan])
    np.testing.assert_array_equal(high, [0.5, np.nan])
