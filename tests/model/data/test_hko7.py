"""HKO-7 in its own layout: days, holes, masks, the benchmark's windows."""

import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from model.data.hko7 import CADENCE, SIDE, mask, picture, rainy_times
from model.data.table import open_dataset
from model.data.window import Dataset, Options
from radar.errors import BadInput
from radar.rain import from_byte, to_byte
from tests.model.data.archives import hko7_archive, hko7_path, hko7_pixels, hko7_times, hko7_valid, save

DAY, NEXT, LATER = "20150506", "20150507", "20150509"
SHARED = Path(__file__).parents[3].parent / "shared/data/hko7"
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"HKO-7's lists and mask are not at {SHARED}")
SHORT = Options(past=2, future=2)


def archive(folder: Path, **frames: range) -> Path:
    """An archive whose test list has all three days, and which has these frames of d1, d2, d3."""
    days = {"d1": DAY, "d2": NEXT, "d3": LATER}
    return hko7_archive(folder, {"test": list(days.values())}, {days[at]: numbers for at, numbers in frames.items()})


def begins(dataset: Dataset) -> list[str]:
    return [f"{(window.times or ())[0]:%d %H:%M}" for window in dataset]


def test_a_window_is_the_frames_and_masks_of_its_times(tmp_path: Path) -> None:
    window = open_dataset("hko7", archive(tmp_path, d1=range(8, 14)), "test", SHORT)[0]
    assert window.times == tuple(hko7_times(DAY, range(8, 12)))
    assert window.past.shape == window.future.shape == (2, 1, SIDE, SIDE)
    assert window.event == DAY
    pixels = np.concatenate([window.past, window.future])[:, 0]
    for at, time in enumerate(window.times or ()):
        np.testing.assert_array_equal(pixels[at], (hko7_pixels(time) / 255).astype(np.float32))
        np.testing.assert_array_equal(window.mask[at, 0], hko7_valid(time))


def test_the_benchmark_has_5_frames_in_20_out_every_5(tmp_path: Path) -> None:
    found = open_dataset("hko7", archive(tmp_path, d1=range(100, 136)), "test")
    assert begins(found) == ["06 10:00", "06 10:30", "06 11:00"]
    assert [found.event(at) for at in range(3)] == [DAY] * 3
    assert (len(found[0].past), len(found[0].future)) == (5, 20)


def test_a_window_goes_over_midnight_but_not_over_a_day_that_is_not_there(tmp_path: Path) -> None:
    archive(tmp_path, d1=range(237, 240), d2=range(3), d3=range(3))
    assert begins(open_dataset("hko7", tmp_path, "test", Options(past=2, future=2, every=1))) == [
        "06 23:42",
        "06 23:48",
        "06 23:54",
    ]


def test_a_window_never_spans_a_missing_frame(tmp_path: Path) -> None:
    archive(tmp_path, d1=range(10))
    time = hko7_times(DAY, [4])[0]
    hko7_path(tmp_path, "png", time).unlink()
    assert begins(open_dataset("hko7", tmp_path, "test", Options(past=2, future=2, every=1))) == [
        "06 00:00",
        "06 00:30",
        "06 00:36",
    ]
    with pytest.raises(BadInput, match="No event has 6 frames in a row"):
        open_dataset("hko7", tmp_path, "test", Options(past=2, future=4))


def test_splits_are_the_lists(tmp_path: Path) -> None:
    hko7_archive(tmp_path, {"train": [DAY], "test": [LATER]}, {day: range(5) for day in (DAY, NEXT, LATER)})
    assert {window.event for window in open_dataset("hko7", tmp_path, "train", SHORT)} == {DAY}
    assert {window.event for window in open_dataset("hko7", tmp_path, "test", SHORT)} == {LATER}


def test_training_windows_are_crops_of_neighbouring_frames(tmp_path: Path) -> None:
    options = Options(past=2, future=2, crop=32, seed=1, flips=False)
    pixels, observed = open_dataset("hko7", archive(tmp_path, d1=range(12)), "test", options).batch(6)
    assert pixels.shape == observed.shape == (6, 4, 1, 32, 32)
    steps = (pixels[:, 1:] - pixels[:, :-1]) * 255
    assert set(steps.round().long().flatten().tolist()) == {1}


def test_coarser_frames_are_means_of_rain_valid_where_all_is(tmp_path: Path) -> None:
    window = open_dataset("hko7", archive(tmp_path, d1=range(8, 12)), "test", Options(past=2, future=2, coarsen=(4,)))[
        0
    ]
    time = hko7_times(DAY, [8])[0]
    means = from_byte(hko7_pixels(time)).reshape(120, 4, 120, 4).mean((1, 3))
    np.testing.assert_allclose(window.past[0, 0] * 255, to_byte(means), atol=1)
    np.testing.assert_array_equal(window.mask[0, 0], hko7_valid(time).reshape(120, 4, 120, 4).all((1, 3)))


def test_moving_windows_of_hko7(tmp_path: Path) -> None:
    options = Options(past=2, future=2, crop=16, moving=True)
    pixels, observed = open_dataset("hko7", archive(tmp_path, d1=range(6)), "test", options).batch(2)
    assert pixels.shape == observed.shape == (2, 4, 1, 16, 16)


@pytest.mark.parametrize(
    ("line", "time"),
    [("20090215, 0.1", "2009-02-15"), ("20151231", "2015-12-31"), (" 20110102 , 3.5", "2011-01-02")],
)
def test_lines_of_the_lists(tmp_path: Path, line: str, time: str) -> None:
    day = datetime.fromisoformat(time)
    hko7_archive(tmp_path, {}, {f"{day:%Y%m%d}": [0, 239]})
    (tmp_path / "hko7_rainy_train_days.txt").write_text(line + "\n\n")
    times = rainy_times(tmp_path, "train")
    assert times == [day.replace(tzinfo=UTC), day.replace(hour=23, minute=54, tzinfo=UTC)]
    assert times[1] - times[0] == 239 * CADENCE


def no_list(folder: Path) -> None:
    (folder / "hko7_rainy_test_days.txt").unlink()


def list_of_other_things(folder: Path) -> None:
    (folder / "hko7_rainy_test_days.txt").write_text("monday, 3\n")


def list_of_days_that_are_none(folder: Path) -> None:
    (folder / "hko7_rainy_test_days.txt").write_text("20150231, 3\n")


def no_frames(folder: Path) -> None:
    for path in (folder / "radarPNG").rglob("*.png"):
        path.unlink()


def strange_name(folder: Path) -> None:
    save(folder / "radarPNG/2015/05/06/RADAR.png", np.zeros((2, 2), np.uint8))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (no_list, r"hko7_rainy_test_days\.txt is missing"),
        (list_of_other_things, r"hko7_rainy_test_days\.txt: 'monday, 3' is not YYYYMMDD, mean intensity"),
        (list_of_days_that_are_none, r"hko7_rainy_test_days\.txt is not a list of rainy days, or it is damaged"),
        (no_frames, r"radarPNG has no frame \(YYYY/MM/DD/RAD\*\.png\) of a day in hko7_rainy_test_days\.txt"),
        (strange_name, r"RADAR\.png is not a frame named like RAD"),
    ],
)
def test_an_archive_that_is_none_is_refused(tmp_path: Path, spoil: object, sentence: str) -> None:
    archive(tmp_path, d1=range(4))
    assert callable(spoil)
    spoil(tmp_path)
    with pytest.raises(BadInput, match=sentence):
        open_dataset("hko7", tmp_path, "test", SHORT)


def corrupt(path: Path) -> None:
    data = bytearray(save(path, hko7_pixels(datetime(2015, 1, 1, tzinfo=UTC))).read_bytes())
    data[60:] = data[60 : len(data) // 2]
    path.write_bytes(data)


def text(path: Path) -> None:
    path.write_text("<html>404</html>")


def small(path: Path) -> None:
    save(path, np.zeros((120, 121), np.uint8))


def coloured(path: Path) -> None:
    save(path, np.zeros((SIDE, SIDE, 3), np.uint8))


def huge(path: Path) -> None:
    path.write_bytes(bytes(2**22 + 1))


@pytest.mark.parametrize(
    ("lay", "sentence"),
    [
        (corrupt, "is not a PNG picture, or it is damaged"),
        (text, "This is not a PNG picture"),
        (small, "The frame is 120 x 121 pixels, not 480 x 480"),
        (coloured, "8-bit colour"),
        (huge, "larger than 4194304 bytes"),
    ],
)
def test_a_picture_that_is_no_frame_is_refused_with_its_name(tmp_path: Path, lay: object, sentence: str) -> None:
    assert callable(lay)
    lay(tmp_path / "RAD150506000000.png")
    with pytest.raises(BadInput, match=rf"RAD150506000000\.png.*{sentence}"):
        picture(tmp_path / "RAD150506000000.png")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (zlib.compress(bytes(120 * 120)), "The mask has 14400 values, not 480 x 480"),
        (zlib.compress(bytes(10**7)), "The mask has more than 230400 values"),
        (bytes(SIDE * SIDE), "is not a zlib-compressed mask, or it is damaged"),
        (b"", "The mask has 0 values"),
    ],
)
def test_a_mask_of_the_wrong_size_is_refused_with_its_name(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / "a.mask").write_bytes(data)
    with pytest.raises(BadInput, match=rf"a\.mask.*{sentence}"):
        mask(tmp_path / "a.mask")


def test_a_mask_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    archive(tmp_path, d1=range(4))
    hko7_path(tmp_path, "mask", hko7_times(DAY, [2])[0]).unlink()
    with pytest.raises(BadInput, match=r"RAD150506001200\.mask is missing"):
        open_dataset("hko7", tmp_path, "test", SHORT)[0]


@real
@pytest.mark.parametrize(("split", "days"), [("train", 812), ("valid", 50), ("test", 131)])
def test_the_official_lists_are_read_whole(tmp_path: Path, split: str, days: int) -> None:
    lines = (SHARED / f"hko7_rainy_{split}_days.txt").read_text().split("\n")
    listed = {line.split(",")[0] for line in lines if line}
    hko7_archive(tmp_path, {}, {})
    (tmp_path / f"hko7_rainy_{split}_days.txt").write_text("\n".join(lines))
    for day in listed:
        path = hko7_path(tmp_path, "png", hko7_times(day, [0])[0])
        path.parent.mkdir(parents=True)
        path.touch()
    assert len(rainy_times(tmp_path, split)) == len(listed) == days


@real
@pytest.mark.filterwarnings("ignore:Reading .* file required additional header parsing")  # it was written by Python 2
def test_a_mask_as_the_authors_write_it(tmp_path: Path) -> None:
    with np.load(SHARED / "mask_dat.npz") as kept:
        valid = kept["exclude_mask"] == 0
    (tmp_path / "a.mask").write_bytes(zlib.compress(valid.tobytes(), 2))
    np.testing.assert_array_equal(mask(tmp_path / "a.mask"), valid)
