"""TaxiBJ: whole days, gaps, scaling, and the last four weeks for test."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from model.data.table import open_dataset
from model.data.taxibj import YEARS, whole_days
from model.data.window import Options
from radar.errors import BadInput
from tests.model.data.archives import H5PY, taxibj_day, taxibj_file

HALF_HOUR = timedelta(minutes=30)
pytest.importorskip("h5py", reason=H5PY)


def days(year: int, count: int, first: int = 1) -> list[datetime]:
    return [datetime(2000 + year, 7, first, tzinfo=UTC) + n * timedelta(days=1) for n in range(count)]


def flows(count: int, level: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Inflow all `level` plus the row's number, outflow twice that; the first cell is below none."""
    inflow = level + np.arange(count, dtype=np.float64)
    found = np.broadcast_to(inflow[:, None, None, None], (count, 2, 32, 32)).copy()
    found[:, 1] *= 2
    found[:, :, 0, 0] = -1
    return found


def name(year: int) -> str:
    return f"BJ{year}_M32x32_T30_InOut.h5"


def write(folder: Path, counts: tuple[int, ...] = (2, 2, 2, 29)) -> Path:
    """Four years of so many days each."""
    for year, count in zip(YEARS, counts, strict=True):
        stamps = [stamp for day in days(year, count) for stamp in taxibj_day(day)]
        taxibj_file(folder / name(year), stamps, flows(len(stamps), 10))
    return folder


def test_windows_are_scaled_by_the_flows_before_the_test_weeks(tmp_path: Path) -> None:
    window = open_dataset("taxibj", write(tmp_path), "train")[0]
    assert window.past.shape == window.future.shape == (4, 2, 32, 32)
    most = 2 * (10 + 95)
    pixels = np.concatenate([window.past, window.future])
    np.testing.assert_allclose(pixels[:, 0, 1, 1], (10 + np.arange(8)) / most, rtol=1e-6)
    np.testing.assert_allclose(pixels[:, 1, 5, 5], 2 * (10 + np.arange(8)) / most, rtol=1e-6)
    assert (pixels[:, :, 0, 0] == 0).all()
    assert window.event == open_dataset("taxibj", tmp_path, "train").event(0) == "20130701"


def test_a_flow_beyond_those_of_training_is_1(tmp_path: Path) -> None:
    found = open_dataset("taxibj", write(tmp_path), "test")
    assert found[len(found) - 1].future.max() == 1


def test_times_are_half_hours_from_midnight(tmp_path: Path) -> None:
    times = open_dataset("taxibj", write(tmp_path), "train", Options(past=2, future=3))[0].times
    assert times == tuple(datetime(2013, 7, 1, tzinfo=UTC) + n * HALF_HOUR for n in range(5))


def test_windows_stay_in_a_year_and_the_futures_of_test_in_its_weeks(tmp_path: Path) -> None:
    folder = write(tmp_path)
    border = datetime(2016, 7, 2, tzinfo=UTC)
    splits = {
        split: [window.times or () for window in open_dataset("taxibj", folder, split)] for split in ("train", "test")
    }
    for times in (*splits["train"], *splits["test"]):
        assert {later - earlier for earlier, later in pairwise(times)} == {HALF_HOUR}
    assert max(times[-1] for times in splits["train"]) < border == min(times[4] for times in splits["test"])
    assert len(splits["train"]) == 3 * (96 - 7) + 48 - 7
    assert len(splits["test"]) == 28 * 48 - 3


def test_days_that_lack_a_slot_are_left_out_and_windows_do_not_span_them(tmp_path: Path) -> None:
    write(tmp_path)
    first, holed, last = days(13, 3)
    stamps = [*taxibj_day(first), *taxibj_day(holed, range(1, 48)), *taxibj_day(last)]
    taxibj_file(tmp_path / name(13), stamps, flows(len(stamps), 10))
    found = [window.times or () for window in open_dataset("taxibj", tmp_path, "train") if window.event < "2014"]
    assert {time.date() for times in found for time in times} == {first.date(), last.date()}
    assert len(found) == 2 * (48 - 7)


def test_days_begin_at_slot_1_and_have_48_in_order() -> None:
    day = [stamp.encode() for stamp in taxibj_day(datetime(2013, 7, 1, tzinfo=UTC))]
    assert whole_days(day) == [0]
    assert whole_days(day[5:] + day) == [43]
    assert whole_days([*day[:10], day[10], *day[10:]]) == []
    assert whole_days(day[:-1]) == []


def test_chunked_and_compressed_files_are_read_alike(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason=H5PY)
    plain = open_dataset("taxibj", write(tmp_path), "train")[7]
    with h5py.File(tmp_path / name(13), "a") as file:
        kept = file["data"][:]
        del file["data"]
        file.create_dataset("data", data=kept, chunks=(20, 1, 16, 16), compression="gzip")
    np.testing.assert_array_equal(open_dataset("taxibj", tmp_path, "train")[7].future, plain.future)


def without(key: str) -> Callable[[Path], None]:
    def lay(path: Path) -> None:
        h5py = pytest.importorskip("h5py", reason=H5PY)
        with h5py.File(path, "a") as file:
            del file[key]

    return lay


def gone(path: Path) -> None:
    path.unlink()


def page(path: Path) -> None:
    path.write_text("<html>")


def other_shape(path: Path) -> None:
    path.unlink()
    taxibj_file(path, ["2013070101"] * 3, np.zeros((3, 2, 16, 16)))


def other_dates(path: Path) -> None:
    path.unlink()
    taxibj_file(path, [f"2013xx01{slot:02d}" for slot in range(1, 49)], np.zeros((48, 2, 32, 32)))


@pytest.mark.parametrize(
    ("lay", "sentence"),
    [
        (without("data"), "The file has no data; TaxiBJ has data and date"),
        (without("date"), "The file has no date"),
        (gone, "is missing"),
        (page, "is not TaxiBJ HDF5, or it is damaged"),
        (other_shape, r"data is \(3, 2, 16, 16\), not \(3, 2, 32, 32\)"),
        (other_dates, "is not TaxiBJ HDF5, or it is damaged"),
    ],
)
def test_what_is_no_taxibj_is_refused_with_its_name(tmp_path: Path, lay: Callable[[Path], None], sentence: str) -> None:
    lay(write(tmp_path) / name(15))
    with pytest.raises(BadInput, match=rf"BJ15_M32x32_T30_InOut\.h5.*{sentence}"):
        open_dataset("taxibj", tmp_path, "train")


def test_too_few_days_to_split(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="have 28 whole days, and 28 are for test"):
        open_dataset("taxibj", write(tmp_path, (1, 1, 1, 25)), "train")


def test_windows_longer_than_the_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No 108 half hours in a row are in the train split"):
        open_dataset("taxibj", write(tmp_path), "train", Options(past=100, future=8))
