"""Radar events on disk and their holes in time."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.events import Event, block_mean, event_files, load, whole_runs
from radar.errors import BadInput
from radar.frames import Rain
from radar.rain import from_byte, to_byte
from tests.model.samples import START, blob, event_file, times

MINUTES = timedelta(minutes=1)
FIVE = 5 * MINUTES


def holed(count: int = 4, height: int = 6, width: int = 9) -> Rain:
    """A shower that one corner of the radar does not see."""
    rain = blob(count, height, width)
    rain[:, :2, :3] = np.nan
    return rain


def test_a_file_comes_as_pixels(tmp_path: Path) -> None:
    rain = holed()
    event = load(event_file(tmp_path / "alps.nc", rain))
    assert event.name == "alps"
    assert event.times == times(4)
    assert event.cadence == FIVE
    np.testing.assert_array_equal(event.observed, np.isfinite(rain))
    np.testing.assert_array_equal(event.pixels, to_byte(np.round(rain, 2)))
    np.testing.assert_allclose(from_byte(event.pixels), np.nan_to_num(rain), rtol=0.03, atol=0.02)


@pytest.mark.parametrize("cadence", [2.5, 10])
def test_any_cadence(tmp_path: Path, cadence: float) -> None:
    event = load(event_file(tmp_path / "a.nc", holed(), cadence_minutes=cadence))
    assert event.cadence == cadence * MINUTES


def test_a_coarser_file_is_averaged_where_all_of_a_block_was_seen(tmp_path: Path) -> None:
    rain = np.arange(1, 31, dtype=np.float32).reshape(1, 5, 6).repeat(2, 0)
    rain[0, 0, 0] = np.nan
    event = load(event_file(tmp_path / "alps.nc", rain), coarsen=2)
    means = np.array([[4.5, 6.5, 8.5], [16.5, 18.5, 20.5]])
    assert event.name == "alps/2"
    assert event.observed.tolist() == [[[False, True, True], [True] * 3], [[True] * 3] * 2]
    np.testing.assert_array_equal(event.pixels[1], to_byte(means))
    assert event.pixels[0, 0, 0] == 0


def test_blocks_of_one_change_nothing() -> None:
    rain = blob(2, 5, 5)
    assert block_mean(rain, 1) is rain


def test_wetness_is_the_share_of_wet_pixels(tmp_path: Path) -> None:
    rain = np.zeros((3, 2, 4), np.float32)
    rain[1, 0, :3] = (0.3, 0.5, 9)
    rain[2] = 1
    rain[2, 1] = np.nan
    assert load(event_file(tmp_path / "a.nc", rain)).wetness().tolist() == [0, 0.25, 0.5]


def not_netcdf(path: Path) -> None:
    path.write_text("time,rain\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    content = event_file(path, holed()).read_bytes()
    path.write_bytes(content[: len(content) // 2])


def without_cadence(path: Path) -> None:
    event_file(path, holed(), cadence_minutes=None)


def wrong_cadence(path: Path) -> None:
    event_file(path, holed(), cadence_minutes="often")


def missing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize("lay", [not_netcdf, empty, truncated, without_cadence, wrong_cadence, missing])
def test_what_is_no_event_is_refused(tmp_path: Path, lay: object) -> None:
    assert callable(lay)
    lay(tmp_path / "a.nc")
    with pytest.raises(
        BadInput, match=r"a\.nc is not a radar event \(CF NetCDF with rain_rate and cadence_minutes\)\."
    ):
        load(tmp_path / "a.nc")


def test_files_are_found_deep_down_and_in_order(tmp_path: Path) -> None:
    paths = [event_file(tmp_path / name, holed()) for name in ("b.nc", "short/c.nc", "a.nc")]
    (tmp_path / "README.md").write_text("Not an event.")
    assert event_files(tmp_path) == [paths[2], paths[0], paths[1]]
    assert event_files(tmp_path, ["c", "a"]) == [paths[0]]
    assert event_files(tmp_path, [""]) == event_files(tmp_path, ["nobody"]) == event_files(tmp_path)


@pytest.mark.parametrize("held_out", [[], ["a"]])
def test_a_folder_without_events_is_refused(tmp_path: Path, held_out: list[str]) -> None:
    for name in held_out:
        event_file(tmp_path / f"{name}.nc", holed())
    with pytest.raises(BadInput, match="There is no radar event"):
        event_files(tmp_path, held_out)


def test_a_hole_in_time_ends_a_run(tmp_path: Path) -> None:
    event = load(event_file(tmp_path / "a.nc", blob(8, 4, 4), minutes=(0, 5, 10, 20, 25, 30, 35, 41)))
    assert event.starts(3).tolist() == [0, 3, 4]
    assert event.starts(4).tolist() == [3]
    assert event.starts(5).tolist() == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_short_for_a_run(count: int) -> None:
    event = Event("a", np.zeros((count, 1, 1), np.uint8), np.ones((count, 1, 1), bool), times(count), FIVE)
    assert event.starts(3).tolist() == []


@given(steps=st.lists(st.sampled_from([5, 5, 5, 10, 4])), length=st.integers(2, 6))
def test_runs_are_all_those_without_a_hole(steps: list[int], length: int) -> None:
    minutes = np.cumsum([0, *steps]).tolist()
    found = whole_runs([START + minute * MINUTES for minute in minutes], FIVE, length)
    starts = range(len(minutes) - length + 1)
    wanted = [at for at in starts if minutes[at : at + length] == list(range(minutes[at], minutes[at] + 5 * length, 5))]
    assert found.tolist() == wanted
