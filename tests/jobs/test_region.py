"""What a region is, and when its radar looks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs.region import Plan, Region
from tests.regions import PLACE, region

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
CADENCES = st.sampled_from([1, 2, 2.5, 5, 6, 10, 15, 60, 1440])


@given(TIMES, CADENCES, st.floats(0, 7200))
def test_the_next_pull_is_when_the_next_frame_should_be_there(now: datetime, cadence: float, delay: float) -> None:
    here = region(cadence_minutes=cadence, publish_delay_seconds=delay, retention_hours=48)
    due = here.next_pull(now)
    assert now < due <= now + here.cadence
    assert here.in_step(due - here.publish_delay)


def test_frames_may_be_offset() -> None:
    here = region(cadence_minutes=60, offset_minutes=50)
    assert here.in_step(NOON - timedelta(minutes=10))
    assert not here.in_step(NOON)
    assert here.step_before(NOON) == NOON - timedelta(minutes=10)


def test_pull_seconds_override_the_clock() -> None:
    assert region(pull_seconds=2).next_pull(NOON) == NOON + timedelta(seconds=2)


def test_two_cadences_and_the_delay_make_it_stale() -> None:
    here = region(publish_delay_seconds=60)
    assert not here.stale(NOON - timedelta(minutes=11), NOON)
    assert here.stale(NOON - timedelta(minutes=11, seconds=1), NOON)
    assert here.stale(None, NOON)


def test_a_region_and_its_plan_are_the_same_but_for_the_name() -> None:
    here = region(source={"kind": "folder", "location": "/radar", "backup": {"kind": "folder", "location": "/other"}})
    assert Region.of("here", here.plan) == here
    assert Region.model_validate_json(here.model_dump_json()) == here


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"cadence_minutes": 7}, "does not divide a day"),
        ({"cadence_minutes": 0.001}, "whole number of seconds"),
        ({"offset_minutes": 5}, "shorter than the cadence"),
        ({"thresholds": (2, 1)}, "do not increase"),
        ({"thresholds": (2, 301)}, "less than or equal to 300"),  # no chance can be said of it
        ({"retention_hours": 0.1}, "shorter than two frames"),
        ({"id": "Hong Kong"}, "pattern"),
        ({"id": "../etc"}, "pattern"),
        ({"grid": {**PLACE.model_dump(), "crs": "nonsense"}}, "cannot be understood"),
        ({"grid": {**PLACE.model_dump(), "transform": (0, 0, 0, 0, 0, 0)}}, "not invertible"),
        ({"grid": {**PLACE.model_dump(), "height": 4096, "width": 4096}, "horizon": 17}, "send fewer frames"),
        ({"colour": "blue"}, "Extra inputs"),
    ],
)
def test_what_no_region_is(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        region(**wrong)


def test_the_example_is_a_plan() -> None:
    assert Plan.model_validate(Plan.model_config["json_schema_extra"]["example"])  # type: ignore[index]


@pytest.mark.parametrize(
    "plan",
    [
        {"method": "a", "shadow": "a"},
        {"method": "a", "canary": {"method": "a", "share": 0.5}},
        {"canary": {"method": "a", "share": 0}},
        {"canary": {"method": "a", "share": 1.5}},
        {"low_skill": {"hours": 0}},
        {"low_skill": {"min_frames": 0}},
        {"low_skill": {"hours": 1, "min_frames": 13}},
    ],
)
def test_what_is_on_trial_is_another_method_for_a_share_of_the_time(plan: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        region(**plan)
