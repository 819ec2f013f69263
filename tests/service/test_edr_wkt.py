"""Well-known text as places, whatever is sent."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edr.wkt import MOST_CHARACTERS, points, polygons
from service.errors import BadQuery

RING = "(0 0,4 0,4 4,0 0)"
LON, LAT = st.floats(-180, 180), st.floats(-90, 90)


@given(st.lists(st.tuples(LON, LAT), min_size=1, max_size=5), st.sampled_from(["{} {}", "({} {})", " ( {}\t{} ) "]))
def test_points_are_what_was_written(places: list[tuple[float, float]], form: str) -> None:
    said = ",".join(form.format(f"{lon:.17g}", f"{lat:.17g}") for lon, lat in places)
    assert [point.coordinates for point in points(f"MultiPoint ({said})")] == places


def test_a_point_is_one() -> None:
    assert [point.coordinates for point in points(" point( +1. -.5e1 ) ")] == [(1, -5)]


def test_polygons_have_holes() -> None:
    (one,) = polygons(f"POLYGON({RING}, (1 1,2 1,2 2,1 1))")
    assert [len(ring) for ring in one.coordinates] == [4, 4]
    assert len(polygons(f"MULTIPOLYGON(({RING}),({RING}))")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "POINT",
        "POINT()",
        "POINT(1)",
        "POINT(1 2 3)",
        "POINT(1 2, 3 4)",
        "POINT(1,2)",
        "POINT(nan 2)",
        "POINT(1e999 2)",
        "POINT(181 2)",
        "POINT Z (1 2 3)",
        "POINT(1 2);DROP",
        "LINESTRING(1 2,3 4)",
        "POLYGON((0 0,4 0,4 4))",
        "POLYGON((0 0,4 0,4 4,1 1))",
        "POLYGON(0 0,4 0,4 4,0 0)",
        "POINT" + "(" * 40_000 + "1 2" + ")" * 1000,
        "POINT(" + "1" * MOST_CHARACTERS + " 2)",
        "MULTIPOINT(" + ",".join(["1 2"] * 101) + ")",
        "POLYGON((" + ",".join(["1 2"] * 1001) + "))",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    for read in (points, polygons):
        with pytest.raises(BadQuery):
            read(text)


@given(st.sampled_from(["POINT", "MULTIPOINT", "POLYGON", "MULTIPOLYGON"]), st.text('() ,.-1e[]{}"n', max_size=60))
def test_no_text_is_too_much(kind: str, rest: str) -> None:
    for read in (points, polygons):
        with suppress(BadQuery):
            lines = [line for shape in read(f"{kind}({rest})") for line in shape.lines]
            assert all(-180 <= lon <= 180 and -90 <= lat <= 90 for line in lines for lon, lat in line)
