"""Names that tell a time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.errors import BadInput
from tests.workers.sources.pulling import NOON
from workers.sources.naming import MOST_FOLDERS, Naming, folders

PATTERNS = [
    "raa01-ry_10000-%y%m%d%H%M-dwd---bin.bz2",
    "OPERA@%Y%m%dT%H%M@0@DBZH.h5",
    "rzc%y%j%H%M.h5",
    "100%%_%d.%m.%Y %H:%M",
    "%Y%m%d_%Y%m%d%H%M.nc",
    "(a|b)+[%Y%m%d%H%M]$^.tif",
]
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31), timezones=st.just(UTC))


@pytest.mark.parametrize("pattern", PATTERNS)
@given(time=TIMES)
def test_a_name_tells_the_time_it_was_made_of(pattern: str, time: datetime) -> None:
    minute = time.replace(second=0, microsecond=0)
    assert Naming(pattern).time(Naming(pattern).at(time)) == minute


@given(name=st.text(max_size=500))
def test_any_name_tells_a_time_or_none(name: str) -> None:
    for pattern in [*PATTERNS, "*%Y*%m*%d*%H", None]:
        told = Naming(pattern).time(name)
        assert told is None or told.tzinfo is UTC


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("rzc%y%j%H%M*.h5", "rzc261521200vl.001.h5"),
        ("%Y%m%d%H%M_*cappi_600_dbzh_finrad_qc.tif", "202606011200_composite_cappi_600_dbzh_finrad_qc.tif"),
        (None, "RAD260601120000.png"),
        (None, "T_PAAH22_C_EUOC_20260601120000.hdf"),
    ],
)
def test_stars_and_usual_names(pattern: str | None, name: str) -> None:
    assert Naming(pattern).time(name) == NOON


@pytest.mark.parametrize("name", ["x202606311200.h5", "x202606011260.h5", "y202606011200.h5", "x202606011200.h5.part"])
def test_other_names_tell_nothing(name: str) -> None:
    assert Naming("x%Y%m%d%H%M.h5").time(name) is None


def test_one_directive_has_one_value() -> None:
    assert Naming("%Y/%Y%m%d").time("2025/20260601") is None


def test_a_name_of_many_stars_is_matched_in_no_time() -> None:
    assert Naming("*a*a*a*a%Y").time("a" * 100_000) is None


@pytest.mark.parametrize("pattern", ["%B.h5", "a%20b%Y", "%", "%-d", "*****%Y"])
def test_patterns_that_are_none_are_refused(pattern: str) -> None:
    with pytest.raises(BadInput, match="The pattern"):
        Naming(pattern)


@pytest.mark.parametrize("pattern", [None, "*%Y%m%d%H%M.h5"])
def test_an_open_pattern_makes_no_name(pattern: str | None) -> None:
    with pytest.raises(BadInput, match="No name can be made"):
        Naming(pattern).at(NOON)


@given(times=st.tuples(TIMES, TIMES).filter(lambda pair: pair[0].minute != pair[1].minute))
@pytest.mark.parametrize("pattern", ["OPERA@%Y%m%dT%H%M@0@DBZH.h5", "MRMS_%Y%m%d-%H%M%S.gz", "a%Y%m%d%H%M*.h5"])
def test_later_names_sort_behind(pattern: str, times: tuple[datetime, datetime]) -> None:
    earlier, later = sorted(times)
    first = Naming(pattern).before(earlier)
    assert first is not None
    assert Naming(pattern.replace("*", "x")).at(later) > first


@pytest.mark.parametrize("pattern", [None, "%d%m%Y.h5", "*%Y%m%d.h5", "%Y.h5", "%H%M"])
def test_some_names_do_not_sort(pattern: str | None) -> None:
    assert Naming(pattern).before(NOON) is None


def test_folders_of_days_newest_first() -> None:
    assert folders("a/%Y/%m/%d", NOON - timedelta(days=1, hours=13), NOON) == [
        "a/2026/06/01",
        "a/2026/05/31",
        "a/2026/05/30",
    ]
    assert folders("a/%d/%H", NOON - timedelta(minutes=30), NOON) == ["a/01/12", "a/01/11"]
    assert folders("a", NOON - timedelta(days=3), NOON) == ["a"]


def test_folders_are_not_endless() -> None:
    assert len(folders("%Y%m%d%H", NOON - timedelta(days=365), NOON)) == MOST_FOLDERS
