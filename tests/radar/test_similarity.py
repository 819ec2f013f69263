import numpy as np
import pytest
from hypothesis import given

from radar.frames import Rain
from radar.rain import decode, encode
from radar.similarity import SIMILARITY, similarity
from radar.synthetic import storm
from tests.radar.pairs import pairs


def scores(said: Rain, came: Rain) -> dict[str, float]:
    sums = similarity(said, came).pooled()
    return {name: score(sums).item() for name, score in SIMILARITY.items()}


def test_equal_pictures() -> None:
    rain = storm((20, 30), frames=2).rain
    assert scores(rain, rain) == pytest.approx({"ssim": 1, "psnr": 100})


def test_psnr_by_hand() -> None:
    """Pixels 0.5 against 0.4 everywhere: an error of 0.01, which is 20 dB."""
    said, came = (np.full((1, 12, 12), decode(pixel), np.float32) for pixel in (0.5, 0.4))
    assert scores(said, came)["psnr"] == pytest.approx(20, abs=1e-3)


def test_ssim_of_flat_pictures_by_hand() -> None:
    """Without variance only the means differ: (2 x 0.5 x 0.4 + c1) / (0.5² + 0.4² + c1)."""
    said, came = (np.full((1, 12, 12), decode(pixel), np.float32) for pixel in (0.5, 0.4))
    assert scores(said, came)["ssim"] == pytest.approx((0.4 + 1e-4) / (0.41 + 1e-4), abs=1e-5)


def test_a_frame_that_was_not_observed_does_not_count() -> None:
    rain = storm((20, 30), frames=2).rain.copy()
    rain[1] = np.nan
    assert similarity(rain, rain).frames.tolist() == [1, 0]


def test_blur_is_less_alike() -> None:
    rain = storm((40, 40), frames=1).rain
    flat = np.full_like(rain, decode(np.mean(encode(rain))))
    assert scores(flat, rain)["ssim"] < 0.9


@given(pairs())
def test_bounds(pair: tuple[Rain, Rain]) -> None:
    sums = similarity(*pair)
    for name, lowest, highest in (("ssim", -1, 1), ("psnr", 0, 100)):
        values = SIMILARITY[name](sums)
        assert ((values >= lowest - 1e-6) & (values <= highest + 1e-6) | np.isnan(values)).all(), name
