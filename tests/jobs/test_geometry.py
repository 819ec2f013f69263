"""Places on grids."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from jobs.geometry import MOST_POSITIONS, Geometry, covered, pixels
from radar.errors import BadFrames, BadInput, TooLarge
from radar.grid import Grid
from tests.alerts import GRID, point, polygon

ADAPTER: TypeAdapter[Any] = TypeAdapter(Geometry)
SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def found(geometry: dict[str, Any]) -> set[tuple[int, int]]:
    return {(int(row), int(column)) for row, column in pixels(ADAPTER.validate_python(geometry), GRID)}


def test_a_point_is_the_pixel_it_lies_in() -> None:
    assert found(point(3.9, 4.1)) == {(3, 4)}


def test_a_polygon_holds_the_pixels_whose_centre_is_inside() -> None:
    assert found(polygon((1.4, 2.4), (1.4, 4.6), (3.6, 4.6), (3.6, 2.4))) == {
        (row, column) for row in (1, 2, 3) for column in (2, 3, 4)
    }


def test_a_polygon_smaller_than_a_pixel_is_that_pixel() -> None:
    assert found(polygon((3.1, 4.1), (3.1, 4.3), (3.3, 4.2))) == {(3, 4)}


@pytest.mark.parametrize("left", [170, -190])
def test_a_place_beyond_the_antimeridian_is_found(left: float) -> None:
    across = Grid.of((10, 20), (1, 0, left, 0, -1, 5), "EPSG:4326")
    here, there = ({"type": "Point", "coordinates": [lon, 0.5]} for lon in (179.5, -179.5))
    assert [pixels(ADAPTER.validate_python(place), across).tolist() for place in (here, there)] == [[[4, 9]], [[4, 10]]]
    ring = [[-179.9, 1.9], [-176.1, 1.9], [-176.1, -0.9], [-179.9, -0.9], [-179.9, 1.9]]
    found = pixels(ADAPTER.validate_python({"type": "Polygon", "coordinates": [ring]}), across)
    assert {tuple(pixel) for pixel in found.tolist()} == {
        (row, column) for row in (3, 4, 5) for column in range(10, 14)
    }


def test_a_hole_is_left_out() -> None:
    outer, inner = (polygon(*ring)["coordinates"][0] for ring in (box(0.4, 5.6), box(1.4, 4.6)))
    got = found({"type": "Polygon", "coordinates": [outer, inner]})
    assert (2, 2) not in got
    assert {(0, 0), (5, 5), (0, 3)} <= got


def box(low: float, high: float) -> tuple[tuple[float, float], ...]:
    return (low, low), (low, high), (high, high), (high, low)


def test_what_reaches_beyond_the_grid_is_cut() -> None:
    assert len(found(polygon(*box(-20, 20)))) == 64


@pytest.mark.parametrize("geometry", [point(-1, 3), polygon(*box(10, 12))])
def test_a_place_outside_is_refused(geometry: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="outside"):
        found(geometry)


def test_a_grid_with_no_place_on_the_earth_has_no_places() -> None:
    with pytest.raises(BadFrames, match="coordinate reference"):
        pixels(ADAPTER.validate_python(point(1, 1)), Grid.picture((8, 8)))


corner = st.tuples(st.floats(-3, 11), st.floats(-3, 11))


@given(st.lists(corner, min_size=3, max_size=7), st.integers(0, 7), st.integers(0, 7))
def test_inside_is_where_a_ray_crosses_an_odd_number_of_edges(
    corners: list[tuple[float, float]], row: int, column: int
) -> None:
    ring = np.array([*corners, corners[0]])
    y, x = row + 0.5, column + 0.5
    crossings = [
        a[1] + (y - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
        for a, b in pairwise(ring)
        if min(a[0], b[0]) <= y < max(a[0], b[0])
    ]
    odd = sum(crossing <= x for crossing in crossings) % 2 == 1
    assert ([row, column] in covered([ring], (8, 8)).tolist()) == odd


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Polygon", "coordinates": [SQUARE[:-1]]},
        {"type": "Polygon", "coordinates": [SQUARE[:2]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[*[[0, n / 1e4] for n in range(MOST_POSITIONS)], [0, 0]]]},
        {"type": "Polygon", "coordinates": [SQUARE] * 300},
        {"type": "Point", "coordinates": [181, 0]},
        {"type": "Point", "coordinates": [float("nan"), 0]},
        {"type": "LineString", "coordinates": SQUARE},
    ],
)
def test_what_is_no_place_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(wrong)


def test_a_polygon_of_too_many_pixels_is_refused_before_they_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.geometry.MOST_PIXELS", 20)
    ring = np.array([[0.0, 0.0], [0.0, 8.0], [8.0, 8.0], [8.0, 0.0], [0.0, 0.0]])
    with pytest.raises(TooLarge, match="at most 20 pixels"):
        covered([ring], (8, 8))
