"""Pictures for people."""

import io

import numpy as np
from PIL import Image

from radar.formats.picture import COLOURS, MISSING, PALETTE, animation, colour, still
from tests.radar.samples import frames


def test_every_rate_has_its_colour() -> None:
    rates = [rate for rate, _ in PALETTE]
    assert [tuple(pixel) for pixel in colour([rates])[0].tolist()] == [rgba for _, rgba in PALETTE]


def test_dry_is_clear_and_missing_is_grey() -> None:
    dry, drizzle, missing = colour([[0.0, 0.09, np.nan]])[0].tolist()
    assert dry == drizzle == [0, 0, 0, 0]
    assert tuple(missing) == MISSING


def test_more_rain_is_never_an_earlier_colour() -> None:
    assert [rate for rate, _ in PALETTE] == sorted(rate for rate, _ in PALETTE)
    assert len(np.unique(COLOURS, axis=0)) == len(COLOURS)


def test_a_still_holds_the_colours() -> None:
    rain = frames().rain[0]
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(still(rain)))), colour(rain))


def test_an_animation_holds_every_frame() -> None:
    given_frames = frames(3)
    with Image.open(io.BytesIO(animation(given_frames))) as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (3, 300, 0)  # type: ignore[attr-defined]
        for at, rain in enumerate(given_frames.rain):
            image.seek(at)
            np.testing.assert_array_equal(np.asarray(image.convert("RGBA")), colour(rain))


def test_an_animation_of_one_frame() -> None:
    assert Image.open(io.BytesIO(animation(frames(1)))).size == (13, 7)
