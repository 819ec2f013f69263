"""Scores of a hand-made event, to the pixel."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from model.evaluate import Protocol, cases, evaluate
from radar.card import Score
from radar.chances import Chances, Outlook
from radar.errors import BadInput
from radar.frames import Frames, Rain
from radar.persistence import persistence
from radar.reliability import RULES
from tests.model.samples import START, bar, event_file

PROTOCOL = Protocol(("bar",), past=2, leads=4, thresholds=(1.0, 5.0), every=3)
LONG, ROWS, COLUMNS = 8, 5, 40
MINUTE = timedelta(minutes=1)


def barred(folder: Path, count: int = 12, **fields: Any) -> Path:
    """An event whose rain is a bar that moves one pixel a frame."""
    return event_file(folder / "bar.nc", bar(count, (ROWS, COLUMNS), LONG), **fields)


def found(scores: list[Score], **wanted: object) -> list[Score]:
    return [score for score in scores if all(getattr(score, name) == value for name, value in wanted.items())]


def test_persistence_scores_to_the_pixel(tmp_path: Path) -> None:
    scores = evaluate({"persistence": persistence}, [barred(tmp_path)], PROTOCOL)
    over = [LONG - lead for lead in (1, 2, 3, 4)]  # columns hit: what is missed is as often a false alarm
    pooled, last = sum(over) / sum(2 * LONG - hit for hit in over), over[-1] / (2 * LONG - over[-1])
    assert {(score.lead, score.score): score.value for score in scores} == {
        ("5-20", "csi"): round(pooled, 4),
        ("20", "csi"): round(last, 4),
        ("5-20", "bias"): 1.0,
        ("20", "bias"): 1.0,
    }


def test_scores_carry_their_counts(tmp_path: Path) -> None:
    scores = evaluate({"persistence": persistence}, [barred(tmp_path)], PROTOCOL)
    assert {score.windows for score in scores} == {3}  # 12 frames, 6 each, one every 3
    assert {score.lead: score.count for score in scores} == {"5-20": 3 * 4 * 200, "20": 3 * 200}
    assert {(score.method, score.data) for score in scores} == {("persistence", "held-out events, 2 km")}
    assert {score.protocol for score in scores} == {PROTOCOL.id}


def test_where_it_never_rained_there_is_no_score(tmp_path: Path) -> None:
    scores = evaluate({"persistence": persistence}, [barred(tmp_path)], PROTOCOL)
    assert {score.threshold for score in scores} == {1.0}


def test_pixels_not_observed_do_not_count(tmp_path: Path) -> None:
    rain = bar(12, (ROWS, COLUMNS), LONG)
    rain[:, 0] = np.nan
    scores = evaluate({"persistence": persistence}, [event_file(tmp_path / "bar.nc", rain)], PROTOCOL)
    assert {score.lead: score.count for score in scores} == {"5-20": 3 * 4 * 160, "20": 3 * 160}
    whole = evaluate({"persistence": persistence}, [barred(tmp_path / "whole")], PROTOCOL)
    assert [score.value for score in scores] == [score.value for score in whole]


def truth(past: Frames, horizon: int) -> Frames:
    """A method that knows that the bar moves on."""
    rain = np.stack([np.roll(past.rain[-1], lead, 1) for lead in range(1, horizon + 1)])
    return Frames(rain, persistence(past, horizon).times, past.grid)


def test_all_methods_are_scored_on_the_same_windows(tmp_path: Path) -> None:
    scores = evaluate({"persistence": persistence, "truth": truth}, [barred(tmp_path)], PROTOCOL)
    assert [score.value for score in found(scores, method="truth")] == [1.0] * 4
    ours, theirs = (found(scores, method=name) for name in ("truth", "persistence"))
    assert [(one.windows, one.count) for one in ours] == [(one.windows, one.count) for one in theirs]


def test_events_are_pooled_by_pixel_size(tmp_path: Path) -> None:
    paths = [barred(tmp_path / name, count) for name, count in (("one", 12), ("two", 9))]
    scores = evaluate({"persistence": persistence}, paths, PROTOCOL)
    assert {score.windows for score in scores} == {5}
    assert {score.lead: score.count for score in scores} == {"5-20": 5 * 4 * 200, "20": 5 * 200}


def windows(path: Path, protocol: Protocol = PROTOCOL) -> list[tuple[int, Rain]]:
    """The minute of the first frame and the observed rain of each case."""
    made = list(cases(path, protocol))
    assert all(len(case.past) == protocol.past for case in made)
    return [((case.past.times[0] - START) // MINUTE, case.observed) for case in made]


def test_windows_come_every_few_frames(tmp_path: Path) -> None:
    path = barred(tmp_path)
    assert [start for start, _ in windows(path)] == [0, 15, 30]
    assert [start for start, _ in windows(path, replace(PROTOCOL, every=6))] == [0, 30]


def test_a_window_is_the_rain_before_and_after(tmp_path: Path) -> None:
    (case, *_), rain = cases(barred(tmp_path), PROTOCOL), bar(12, (ROWS, COLUMNS), LONG)
    np.testing.assert_array_equal(case.past.rain, rain[:2])
    np.testing.assert_array_equal(case.observed, rain[2:6])


def test_an_event_may_have_other_names_and_units(tmp_path: Path) -> None:
    """As those that networks are trained on: here degrees, and m/s."""
    with xr.open_dataset(barred(tmp_path)) as ours:
        axes = {"y": ours["y"] / -1e6 + 50, "x": ours["x"] / 1e6 + 10}
        theirs = (ours / 3.6e6).assign_coords(axes).rename({"rain_rate": "flux", "y": "lat", "x": "lon"})
    for name, unit in {"flux": "m s-1", "lat": "degrees_north", "lon": "degrees_east"}.items():
        theirs[name].attrs = {"units": unit}
    theirs.assign_attrs(cadence_minutes=5).to_netcdf(tmp_path / "theirs.nc")
    one, two = next(cases(tmp_path / "theirs.nc", PROTOCOL)), next(cases(barred(tmp_path), PROTOCOL))
    np.testing.assert_array_equal(one.observed, two.observed)
    assert one.pixel_km == pytest.approx(0.18, abs=0.02)


def test_a_window_never_spans_a_hole(tmp_path: Path) -> None:
    path = barred(tmp_path, 13, minutes=[0, 5, 10, 15, 20, *range(60, 100, 5)])
    assert [start for start, _ in windows(path)] == [60]


def test_a_window_begins_where_it_is_wet(tmp_path: Path) -> None:
    rain = bar(12, (ROWS, COLUMNS), LONG)
    rain[:4] = 0
    path = event_file(tmp_path / "bar.nc", rain)
    assert [start for start, _ in windows(path)] == [15, 30]
    assert windows(path, replace(PROTOCOL, wet_share=0.21)) == []


def test_another_cadence_is_another_protocol(tmp_path: Path) -> None:
    path = barred(tmp_path, cadence_minutes=np.int32(10), minutes=range(0, 120, 10))
    with pytest.raises(BadInput, match=r"bar\.nc has a frame every 10 minutes, and the protocol wants one every 5"):
        list(cases(path, PROTOCOL))
    scores = evaluate({"persistence": persistence}, [path], replace(PROTOCOL, cadence_minutes=10))
    assert {score.lead for score in scores} == {"10-40", "40"}


CHANGES: dict[str, object] = {
    "events": ("bar", "foo"),
    "past": 3,
    "leads": 5,
    "cadence_minutes": 2.5,
    "thresholds": (1.0,),
    "every": 4,
    "wet_share": 0.1,
    "frames": "as stored",
    "pixels": "all",
    "event": "rain > threshold",
    "aggregation": "a mean of means",
}


def test_every_field_of_the_protocol_is_tried() -> None:
    assert {field.name for field in fields(Protocol)} == set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
def test_any_change_of_the_protocol_changes_its_id(name: str) -> None:
    changed: dict[str, Any] = {name: CHANGES[name]}
    assert replace(PROTOCOL, **changed).id != PROTOCOL.id


def test_the_same_protocol_has_the_same_id() -> None:
    assert replace(PROTOCOL).id == PROTOCOL.id
    assert len(PROTOCOL.id) == 12


def sure(share: float) -> Callable[[Frames, int], Outlook]:
    """A method that knows that the bar moves on, and says a chance for where it rains."""

    def forecast(past: Frames, horizon: int) -> Outlook:
        said = truth(past, horizon)
        chances = np.stack([np.where(said.rain >= threshold, share, 0) for threshold in PROTOCOL.thresholds])
        return Outlook(said, Chances(PROTOCOL.thresholds, chances, "test"))

    return forecast


@pytest.mark.parametrize(("share", "bss"), [(1.0, 1.0), (0.5, 1 - 0.25 * 0.2 / (0.2 * 0.8))])
def test_chances_are_scored_against_climatology(tmp_path: Path, share: float, bss: float) -> None:
    scores = found(evaluate({"sure": sure(share)}, [barred(tmp_path)], PROTOCOL), score="bss", threshold=1.0)
    assert [one.lead for one in scores] == ["5-20", "20"]
    assert [one.value for one in scores] == pytest.approx([bss, bss])
    assert {one.protocol for one in scores} == {PROTOCOL.id_with(RULES)}


def test_a_method_without_chances_has_no_such_score(tmp_path: Path) -> None:
    assert not found(evaluate({"persistence": persistence}, [barred(tmp_path)], PROTOCOL), score="bss")
