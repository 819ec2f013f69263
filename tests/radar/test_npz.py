"""numpy files, with everything in them or with only the rain."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from radar.errors import BadFrames, TooLarge
from radar.formats import npz
from radar.formats.hints import Hints
from radar.frames import Frames
from radar.grid import Grid
from tests.radar import samples
from tests.radar.samples import any_frames, frames, npy, same, storm, times

RAIN = storm(3, 7, 13)


@given(any_frames())
@settings(max_examples=50)
def test_frames_survive(given_frames: Frames) -> None:
    same(npz.read(npz.write(given_frames)), given_frames)


@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (61, 127)])
def test_odd_shapes(shape: tuple[int, int]) -> None:
    same(npz.read(npz.write(frames(2, *shape))), frames(2, *shape))


@pytest.mark.parametrize(
    "stamps",
    [
        np.array([time.replace(tzinfo=None) for time in times(3)], "datetime64[m]"),
        np.array(["2016-09-28T14:45:00Z", "2016-09-28T14:50:00Z", "2016-09-28T16:55:00+02:00"]),
        np.array([b"2016-09-28T14:45", b"2016-09-28T14:50", b"2016-09-28T14:55"]),
    ],
)
def test_times_as_numpy_users_write_them(stamps: Any) -> None:
    read = npz.read(samples.npz(rain=RAIN, times=stamps))
    assert read.times == times(3)
    assert read.grid == Grid.picture((7, 13))


def test_the_order_of_memory_does_not_matter() -> None:
    read = npz.read(npy(np.asfortranarray(RAIN)), Hints(times=times(3)))
    np.testing.assert_array_equal(read.rain, RAIN)


@pytest.mark.parametrize("kind", ["f2", "f4", ">f8", "u1", "i4"])
def test_numbers_of_any_kind(kind: str) -> None:
    rain = np.nan_to_num(RAIN).round().astype(kind)
    np.testing.assert_array_equal(npz.read(npy(rain), Hints(times=times(3))).rain, rain.astype(np.float32))


def test_a_plane_is_one_frame() -> None:
    assert npz.timeless(npy(RAIN[0])) == 1
    assert npz.read(npy(RAIN[0]), Hints(times=times(1))).rain.shape == (1, 7, 13)


def test_the_hints_fill_in() -> None:
    hints = Hints(times=times(3), grid=samples.grid(7, 13), last=2)
    same(npz.read(samples.npz(rain=RAIN), hints), Frames(RAIN, times(3), samples.grid(7, 13)).last(2))


def test_who_needs_times() -> None:
    assert npz.timeless(samples.npz(rain=RAIN)) == 3
    assert npz.timeless(npz.write(frames())) == 0


def test_times_are_needed() -> None:
    with pytest.raises(BadFrames, match="3 frames but 0 times"):
        npz.read(npy(RAIN))


def test_rain_is_needed() -> None:
    with pytest.raises(BadFrames, match="no array named rain"):
        npz.read(samples.npz(images=RAIN))


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"rain": RAIN.astype(object)}, "pickled objects, which we never load"),
        ({"rain": RAIN, "times": np.array(times(3))}, "pickled objects, which we never load"),
        ({"rain": RAIN.astype(complex)}, "holds complex128, not numbers"),
        ({"rain": RAIN.astype(str)}, "not numbers"),
        ({"rain": RAIN[..., None]}, "must be \\(time, y, x\\)"),
        ({"rain": RAIN[:0]}, "must be \\(time, y, x\\)"),
        ({"rain": RAIN, "times": np.array(["yesterday"] * 3)}, "neither datetime64 nor ISO 8601"),
        ({"rain": RAIN, "times": np.array(["NaT"] * 3, "datetime64[s]")}, "neither datetime64 nor ISO 8601"),
        ({"rain": RAIN, "times": np.zeros((3, 2))}, "short lists"),
        ({"rain": RAIN, "transform": np.eye(3).ravel()}, "not the six numbers"),
        ({"rain": RAIN, "transform": np.array(["1"] * 6)}, "not the six numbers"),
        ({"rain": -RAIN}, "negative"),
        ({"rain": RAIN.astype(float) * 1e300}, "infinite"),
    ],
)
def test_bad_arrays(arrays: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        npz.read(samples.npz(**arrays), Hints(times=times(3)))


@given(any_frames())
@settings(max_examples=20)
def test_what_is_not_compressed_is_read_where_it_lies(given_frames: Frames) -> None:
    same(npz.read(npz.write(given_frames, packed=False)), given_frames)


def test_a_flipped_byte_that_is_not_compressed_is_found() -> None:
    data = bytearray(npz.write(frames(), packed=False))
    data[len(data) // 2] ^= 1
    with pytest.raises(BadFrames):
        npz.read(bytes(data))


def test_the_head_of_what_is_not_compressed_ends_with_it() -> None:
    members = npz.members_of(npz.write(frames(), packed=False))
    assert {len(packed.head(2**30)) for packed in members.values()} == {packed.size for packed in members.values()}
    assert all(packed.head(10) == bytes(packed.whole()[:10]) for packed in members.values())


def test_a_bomb_is_refused_unopened() -> None:
    bomb = samples.npz(rain=np.zeros((1, 4, 4), np.float32), times=np.zeros(2**20))
    with pytest.raises(TooLarge, match="times is 8388736 bytes"):
        npz.read(bomb)


def test_a_huge_grid_is_refused_by_its_header() -> None:
    with pytest.raises(TooLarge, match="5000 x 5000 pixels"):
        npz.read(samples.npz(rain=np.zeros((1, 5000, 5000), np.uint8)))


def test_a_header_that_lies_is_refused() -> None:
    lying = npy(RAIN).replace(b"(3, 7, 13)", b"(9, 9, 99)")
    with pytest.raises(BadFrames, match="not as long as its header says"):
        npz.read(lying, Hints(times=times(3)))


def test_a_terabyte_in_a_header_is_refused() -> None:
    with pytest.raises(TooLarge):
        npz.read(npy(RAIN).replace(b"(3, 7, 13), }        ", b"(9999, 4000, 4000), }"))
