"""Animations as GIF."""

import io

import numpy as np
from hypothesis import given
from PIL import Image, ImageSequence

from radar.formats import gif, picture
from radar.frames import Frames
from radar.grid import Grid
from tests.radar.samples import any_frames, times


def pictures(data: bytes) -> list[np.ndarray]:
    """Every picture of an animation as red, green, blue, opacity."""
    with Image.open(io.BytesIO(data)) as image:
        return [np.asarray(one.convert("RGBA")) for one in ImageSequence.Iterator(image)]


def test_each_frame_replaces_the_one_before() -> None:
    rain = np.array([[[5.0, 0.0, np.nan]], [[0.0, 30.0, np.nan]]], np.float32)
    first, second = pictures(gif.animation(Frames(rain, times(2), Grid.picture((1, 3)))))
    colours = [picture.colour(frame)[..., :3] for frame in rain]
    np.testing.assert_array_equal(first[..., 3], [[255, 0, 255]])
    np.testing.assert_array_equal(second[..., 3], [[0, 255, 255]])
    np.testing.assert_array_equal(first[0, [0, 2], :3], colours[0][0, [0, 2]])
    np.testing.assert_array_equal(second[0, 1:, :3], colours[1][0, 1:])


def test_it_loops_for_ever() -> None:
    rain = np.arange(3, dtype=np.float32).reshape(3, 1, 1)
    with Image.open(io.BytesIO(gif.animation(Frames(rain, times(3), Grid.picture((1, 1)))))) as image:
        assert (image.format, image.info["loop"], image.info["duration"]) == ("GIF", 0, picture.FRAME_MS)


@given(any_frames())
def test_what_is_wet_is_opaque(any_frames: Frames) -> None:
    shown = pictures(gif.animation(any_frames))[0]
    wet = np.isnan(any_frames.rain[0]) | (any_frames.rain[0] >= picture.RATES[0])
    np.testing.assert_array_equal(shown[..., 3] == 255, wet)
