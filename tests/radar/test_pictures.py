import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.pictures import PICTURES, pictures


def flat(value: float, channels: int = 1, frames: int = 1) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full((frames, channels, 12, 12), value, np.float32)


def everywhere(
    like: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.ones(like.shape, bool)


def test_all_scores_of_flat_pictures_by_hand() -> None:
    sums = pictures(flat(0.5, 2), flat(0.4, 2), everywhere(flat(0, 2)))
    assert {name: score(sums).item() for name, score in PICTURES.items()} == pytest.approx(
        {
            "mse": 2 * 144 * 0.01,
            "mae": 2 * 144 * 0.1,
            "ssim": (0.4 + 1e-4) / (0.41 + 1e-4),
            "psnr": 20,
            "mse a pixel": 0.01,
            "mae a pixel": 0.1,
        },
        rel=1e-5,
    )


def test_what_is_said_beyond_the_pixels_counts_for_errors_and_is_cut_for_likeness() -> None:
    sums = pictures(flat(1.5), flat(1.0), everywhere(flat(0)))
    assert PICTURES["mae a pixel"](sums).item() == pytest.approx(0.5)
    assert [PICTURES[name](sums).item() for name in ("ssim", "psnr")] == pytest.approx([1, 100])


def test_what_was_not_seen_does_not_count() -> None:
    seen, came = everywhere(flat(0, frames=2)), flat(0.4, frames=2)
    seen[0, :, :6], seen[1] = False, False
    came[~seen] = np.nan
    sums = pictures(flat(0.5, frames=2), came, seen)
    assert sums.frames.tolist() == [1, 0]
    assert sums.pixels.tolist() == [72, 0]
    assert PICTURES["mae a pixel"](sums)[0] == pytest.approx(0.1)
    assert np.isnan(PICTURES["mae"](sums)[1])


@given(seed=st.integers(0, 99), channels=st.integers(1, 3), side=st.integers(1, 14))
def test_sums_merge_and_are_bounded(seed: int, channels: int, side: int) -> None:
    said, came = np.random.default_rng(seed).random((2, 4, channels, side, side)).astype(np.float32)
    seen = np.ones(said.shape, bool)
    whole = pictures(said, came, seen).pooled()
    halves = [pictures(said[part], came[part], seen[part]) for part in (slice(2), slice(2, None))]
    for one, two in zip(whole.arrays, (halves[0] + halves[1]).pooled().arrays, strict=True):
        np.testing.assert_allclose(one, two)
    assert -1 <= PICTURES["ssim"](whole).item() <= 1
    assert 0 <= PICTURES["psnr"](whole).item() <= 100


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        pictures(flat(0), flat(0, 2), everywhere(flat(0, 2)))
