"""Moving MNIST: digits that bounce, digits that no two splits share, and the standard sequences."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.data.idx import digits
from model.data.moving_mnist import SIDE, split_digits, trajectory
from model.data.table import open_dataset
from model.data.window import Options, Window
from radar.errors import BadInput
from tests.model.data.archives import digit_images, idx_file

SHARED = Path(__file__).parents[3].parent / "shared/data/mnist"
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the MNIST digits are not at {SHARED}")
TEST_FILE = "t10k-images-idx3-ubyte.gz"


def frames(window: Window) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """(T, Y, X) in grey levels."""
    return np.round(np.concatenate([window.past, window.future])[:, 0] * 255).astype(np.int64)


@given(seed=st.integers(0, 1000), count=st.integers(2, 60))
def test_a_digit_goes_straight_on_and_bounces(seed: int, count: int) -> None:
    places = trajectory(np.random.default_rng(seed), count)
    assert places.shape == (count, 2)
    assert places.min() >= 0
    assert places.max() <= SIDE - 28
    assert np.hypot(*np.diff(places, axis=0).T).max() <= 3.6 + 2**0.5


def test_a_digit_keeps_its_speed_but_at_the_edge() -> None:
    moved = [np.diff(trajectory(np.random.default_rng(seed), 4), axis=0) for seed in range(200)]
    speeds = np.hypot(*np.concatenate(moved).T)
    assert np.median(speeds) == pytest.approx(3.6, abs=0.4)


def test_frames_are_two_digits_of_which_the_brighter_is_seen(tmp_path: Path) -> None:
    idx_file(tmp_path / TEST_FILE, digit_images(20))
    window = open_dataset("moving-mnist", tmp_path, "train")[3]
    assert window.past.shape == window.future.shape == (10, 1, SIDE, SIDE)
    assert window.mask.all()
    greys = [set(np.unique(frame).tolist()) - {0} for frame in frames(window)]
    brighter = max(set.union(*greys))
    assert len(set.union(*greys)) <= 2
    assert all((frame == brighter).sum() == 28 * 28 for frame in frames(window))


@pytest.mark.parametrize("both", [False, True])
def test_no_two_splits_share_a_digit(tmp_path: Path, both: bool) -> None:
    idx_file(tmp_path / TEST_FILE, digit_images(50, first=1))
    if both:
        idx_file(tmp_path / "train-images.idx3-ubyte", digit_images(120, first=101))
    shares = [{int(image[0, 0]) for image in split_digits(tmp_path, split)} for split in ("train", "valid", "test")]
    wanted = [range(101, 211), range(211, 221), range(1, 51)] if both else [range(1, 41), range(41, 46), range(46, 51)]
    assert shares == [set(greys) for greys in wanted]


def test_the_seed_decides_what_is_drawn_and_not_the_fixed_order(tmp_path: Path) -> None:
    idx_file(tmp_path / TEST_FILE, digit_images(50))
    one, same, other = (open_dataset("moving-mnist", tmp_path, "train", Options(seed=seed)) for seed in (1, 1, 2))
    batch = one.batch(4).pixels
    assert torch.equal(batch, same.batch(4).pixels)
    assert not torch.equal(batch, other.batch(4).pixels)
    assert not torch.equal(batch, one.batch(4).pixels)
    np.testing.assert_array_equal(one[5].past, other[5].past)
    assert len(one) == 10_000
    assert one.event(199) == one[199].event == "40-digits-1"
    with pytest.raises(IndexError):
        one[10_000]


def test_every_second_frame(tmp_path: Path) -> None:
    idx_file(tmp_path / TEST_FILE, digit_images(12))
    plain = open_dataset("moving-mnist", tmp_path, "test", Options(past=4, future=5))
    sparse = open_dataset("moving-mnist", tmp_path, "test", Options(past=2, future=2, multiple=2))
    assert frames(sparse[0]).shape == (4, SIDE, SIDE)
    np.testing.assert_array_equal(frames(sparse[0])[:2], frames(plain[0])[:4:2])


def test_the_standard_sequences_are_the_test_split(tmp_path: Path) -> None:
    standard = np.random.default_rng(0).integers(0, 256, (20, 7, SIDE, SIDE)).astype(np.uint8)
    np.save(tmp_path / "mnist_test_seq.npy", standard)
    found = open_dataset("moving-mnist", tmp_path, "test")
    assert len(found) == 7
    assert found.event(6) == found[6].event == "standard-0"
    np.testing.assert_array_equal(frames(found[4]), standard[:, 4])
    shorter = open_dataset("moving-mnist", tmp_path, "test", Options(past=3, future=4, multiple=2))
    np.testing.assert_array_equal(frames(shorter[6]), standard[0:14:2, 6])


def pickled(path: Path) -> None:
    np.save(path, np.array([{}], object), allow_pickle=True)


def too_short(path: Path) -> None:
    np.save(path, np.zeros((19, 2, SIDE, SIDE), np.uint8))


def of_another_kind(path: Path) -> None:
    np.save(path, np.zeros((20, 2, SIDE, SIDE), np.float32))


@pytest.mark.parametrize(
    ("lay", "sentence"),
    [
        (pickled, r"mnist_test_seq\.npy is not an array of Moving MNIST sequences"),
        (too_short, r"mnist_test_seq\.npy: The sequences have 19 frames, too few for 20"),
        (of_another_kind, r"mnist_test_seq\.npy: The array is float32"),
    ],
)
def test_what_is_no_standard_is_refused(tmp_path: Path, lay: Callable[[Path], None], sentence: str) -> None:
    lay(tmp_path / "mnist_test_seq.npy")
    with pytest.raises(BadInput, match=sentence):
        open_dataset("moving-mnist", tmp_path, "test")


@pytest.mark.parametrize("name", [TEST_FILE, "t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"])
def test_digits_in_every_spelling(tmp_path: Path, name: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (15, 28, 28)).astype(np.uint8)
    np.testing.assert_array_equal(digits(idx_file(tmp_path / name, images)), images)
    assert len(split_digits(tmp_path, "train")) == 12


def page(path: Path) -> None:
    path.write_text("\n<!DOCTYPE html><title>403 Forbidden</title>")


def of_labels(path: Path) -> None:
    path.write_bytes(b"\x00\x00\x08\x01" + bytes(20))


def cut_off(path: Path) -> None:
    plain = idx_file(path.with_suffix(""), digit_images(20))
    path.write_bytes(plain.read_bytes()[:-5])
    plain.unlink()


def cut_off_in_the_zip(path: Path) -> None:
    path.write_bytes(idx_file(path, digit_images(20)).read_bytes()[:-30])


def too_few(path: Path) -> None:
    idx_file(path, digit_images(11))


@pytest.mark.parametrize(
    ("lay", "sentence"),
    [
        (page, "This is a web page, not an IDX file"),
        (of_labels, "This is not an IDX file of 28 x 28 digits"),
        (cut_off, "says that it holds 20 digits; that is too few, or it is cut off"),
        (too_few, "says that it holds 11 digits"),
        (cut_off_in_the_zip, "is not an IDX file of MNIST digits, or it is damaged"),
    ],
)
def test_what_is_no_digits_is_refused(tmp_path: Path, lay: Callable[[Path], None], sentence: str) -> None:
    lay(tmp_path / TEST_FILE)
    with pytest.raises(BadInput, match=rf"t10k-images-idx3-ubyte\.gz.*{sentence}"):
        open_dataset("moving-mnist", tmp_path, "train")


def test_no_digits_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There are no MNIST digits"):
        open_dataset("moving-mnist", tmp_path, "train")


@real
def test_real_digits() -> None:
    assert [len(split_digits(SHARED, split)) for split in ("train", "valid", "test")] == [8000, 1000, 1000]
    pixels, observed = open_dataset("moving-mnist", SHARED, "train", Options(seed=1)).batch(8)
    assert pixels.shape == (8, 20, 1, SIDE, SIDE)
    assert observed.all()
    assert 0.03 < pixels.mean() < 0.1
