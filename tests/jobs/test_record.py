"""Skill records as bytes."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import DamagedBlob
from jobs.record import Record, pack, time_of, unpack
from radar.synthetic import storm
from radar.tally import Tally, over_leads, tally

TIME = datetime(2026, 6, 1, tzinfo=UTC)
RAIN = storm((16, 16), 2).rain
RECORD = Record(over_leads({2: tally(RAIN[0], {}, RAIN[1], (0.5, 2), 1.0)}, 3, 2), TIME, TIME + timedelta(hours=1))


def test_a_record_comes_back_exactly() -> None:
    found = unpack(pack(RECORD))
    assert found.tally.difference(RECORD.tally) is None
    assert (found.first, found.last) == (RECORD.first, RECORD.last)
    assert pack(found) == pack(RECORD)


def test_records_merge() -> None:
    later = Record(RECORD.tally, TIME + timedelta(hours=2), TIME + timedelta(hours=3))
    both = RECORD + later
    assert (both.first, both.last) == (TIME, later.last)
    np.testing.assert_array_equal(both.tally.frames, 2 * RECORD.tally.frames)


@given(st.integers(0, len(pack(RECORD)) - 1), st.integers(0, 255))
def test_damage_is_never_more_than_a_sentence(at: int, value: int) -> None:
    blob = bytearray(pack(RECORD))
    blob[at] = value
    with suppress(DamagedBlob):
        unpack(bytes(blob))


@pytest.mark.parametrize("blob", [b"", b"NCT1", pack(RECORD)[:-9], b"NCT1" + b"\xff" * 20])
def test_other_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(DamagedBlob):
        unpack(blob)


@pytest.mark.parametrize("text", [b"", b"what?", b"nan", b"1_0", b" 10", b"010", b"9" * 20, b"\xff"])
def test_a_time_that_nobody_wrote_is_refused(text: bytes) -> None:
    assert time_of(b"%d" % TIME.timestamp()) == TIME
    with pytest.raises(DamagedBlob):
        time_of(text)


def test_what_is_no_number_is_refused() -> None:
    broken = Tally.zero(1, 1)
    broken.deviations.squared[0] = np.nan
    with pytest.raises(DamagedBlob):
        unpack(pack(Record(broken, TIME, TIME)))
