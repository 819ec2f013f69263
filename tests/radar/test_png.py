"""HKO-7 pictures: one frame each."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from radar.errors import BadFrames, TooLarge
from radar.formats import png
from radar.formats.hints import Hints
from radar.grid import Grid
from radar.rain import from_byte
from tests.radar.samples import grid, storm, times

ONE = Hints(times=times(1))


def picture(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of any mode."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20)))
def test_pixels_survive(pixels: NDArray[np.uint8]) -> None:
    frames = png.read(picture(pixels), ONE)
    np.testing.assert_array_equal(frames.rain[0], from_byte(pixels))
    assert png.write(frames.rain[0]) == picture(pixels)


@given(st.floats(0.02, 500))
def test_rain_survives_to_a_step_of_the_encoding(rate: float) -> None:
    back = png.read(png.write(np.full((2, 3), rate)), ONE).rain
    np.testing.assert_allclose(back, rate, rtol=0.025)


def test_missing_and_dry_are_both_no_rain() -> None:
    assert png.read(png.write([[0.0, np.nan, 1.0]]), ONE).rain[0, 0, :2].tolist() == [0, 0]


def test_grid_and_time_come_from_the_caller() -> None:
    data = png.write(storm(1, 7, 13)[0])
    assert png.read(data, ONE).grid == Grid.picture((7, 13))
    assert png.read(data, Hints(times=times(1), grid=grid(7, 13))).grid == grid(7, 13)


@pytest.mark.parametrize("count", [0, 2])
def test_one_time_is_needed(count: int) -> None:
    with pytest.raises(BadFrames, match="give one time beside it"):
        png.read(png.write(storm(1, 7, 13)[0]), Hints(times=times(count)))


@pytest.mark.parametrize(
    ("pixels", "sentence"),
    [
        (np.zeros((3, 4, 3), np.uint8), "8-bit colour"),
        (np.zeros((3, 4, 4), np.uint8), "8-bit colour"),
        (np.zeros((3, 4), np.uint16), "16-bit greyscale"),
        (np.zeros((3, 4), bool), "1-bit greyscale"),
    ],
)
def test_only_8_bit_greyscale(pixels: NDArray[np.uint8], sentence: str) -> None:
    with pytest.raises(BadFrames, match=f"The PNG picture is {sentence}; we read 8-bit greyscale"):
        png.read(picture(pixels), ONE)


def header(width: int, height: int) -> bytes:
    """An IHDR chunk."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def test_size_is_checked_before_decoding() -> None:
    with pytest.raises(TooLarge, match="5000 x 5000 pixels"):
        png.read(png.SIGNATURE + header(5000, 5000), ONE)


def test_a_second_header_cannot_grow_the_picture() -> None:
    data = picture(np.zeros((3, 4), np.uint8))
    with pytest.raises(BadFrames):
        png.read(data[:33] + header(9000, 9000) + data[33:], ONE)


def test_a_grid_of_another_shape_is_refused() -> None:
    with pytest.raises(BadFrames, match="does not lie on a grid"):
        png.read(png.write(storm(1, 7, 13)[0]), Hints(times=times(1), grid=grid(3, 4)))
