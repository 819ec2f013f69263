"""MeteoSwiss GIF: indices, comment, the Swiss grid."""

import numpy as np
import pytest

from radar.errors import BadFrames
from radar.formats import mch_gif
from tests.radar import foreign_pictures
from tests.radar.samples import START


@pytest.mark.parametrize(("product", "minutes"), [("AQC", 5), ("CPC", 60)])
def test_every_index(product: str, minutes: int) -> None:
    pixels = np.zeros((640, 710), np.uint8)
    pixels[0, :200] = index = np.arange(200)
    pixels[1, :5] = [251, 252, 253, 254, 255]
    read = mch_gif.read(foreign_pictures.mch_gif(pixels, product=product, minutes=minutes))
    amounts = np.where(index < 2, 0, (10 ** ((index - 71.5) / 20) / 316) ** (1 / 1.5))
    np.testing.assert_allclose(read.rain[0, 0, :200], amounts * 60 / minutes, rtol=1e-5)
    np.testing.assert_array_equal(read.rain[0, 1, :5], [0, 0, 0, 0, np.nan])
    assert read.times == (START,)


def test_the_swiss_grid() -> None:
    grid = mch_gif.read(foreign_pictures.mch_gif()).grid
    assert grid.lonlat(-0.5, -0.5) == pytest.approx((2.6894, 49.3744), abs=1e-4)
    old_observatory_of_bern = grid.lonlat(279.5, 344.5)
    assert old_observatory_of_bern == pytest.approx((7.43864, 46.95108), abs=1e-4)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (foreign_pictures.mch_gif(product="RZC"), "no rain amount"),
        (foreign_pictures.mch_gif(minutes=0), "no rain amount"),
        (foreign_pictures.mch_gif(np.zeros((64, 71), np.uint8)), "not 640 x 710 pixels"),
        (foreign_pictures.mch_gif().replace(b"AQC16272", b"AQC16972"), "time of the GIF picture"),
        (foreign_pictures.mch_gif()[:-900], "GIF file is truncated or damaged"),
    ],
)
def test_what_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        mch_gif.read(data)


def test_other_gif_are_not_of_meteoswiss() -> None:
    assert not mch_gif.sniff(b"GIF89a" + bytes(99))
