"""Blobs: exact both ways, and nothing but DamagedBlob for anything else."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import blob
from jobs.errors import DamagedBlob
from radar.frames import Frames
from radar.grid import Grid
from radar.nowcast import Nowcast

START = datetime(2026, 1, 1, tzinfo=UTC)
CRS = "+proj=laea +lat_0=50 +lon_0=10"


def frames(shape: tuple[int, int, int] = (3, 4, 5), seed: int = 0) -> Frames:
    rain = np.random.default_rng(seed).gamma(0.3, 3, shape).astype(np.float32)
    rain[0, 0, 0] = np.nan
    times = tuple(START + timedelta(minutes=5 * n) for n in range(shape[0]))
    return Frames(rain, times, Grid.of(shape[1:], (1000, 0, 0, 0, -1000, 0), CRS), interpolated=times[:1])


@given(shape=st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)), seed=st.integers(0, 99))
def test_frames_come_back_exactly(shape: tuple[int, int, int], seed: int) -> None:
    sent = frames(shape, seed)
    came = blob.unpack_frames(blob.pack_frames(sent))
    np.testing.assert_array_equal(came.rain, sent.rain)
    assert (came.times, came.grid, came.interpolated) == (sent.times, sent.grid, sent.interpolated)


def test_nowcast_comes_back_exactly() -> None:
    sent = Nowcast(frames(), "persistence", "1", "ms-convlstm", (START,), (START,), "method-failed")
    came = blob.unpack_nowcast(blob.pack_nowcast(sent))
    np.testing.assert_array_equal(came.frames.rain, sent.frames.rain)
    assert (came.method, came.version, came.asked_for) == ("persistence", "1", "ms-convlstm")
    assert (came.input_times, came.interpolated, came.fallback_reason) == ((START,), (START,), "method-failed")


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_flipped_byte_is_damage_or_harmless(at: int, value: int) -> None:
    data = bytearray(blob.pack_frames(frames()))
    data[at % len(data)] = value
    with suppress(DamagedBlob):
        assert len(blob.unpack_frames(bytes(data))) == 3


@pytest.mark.parametrize("data", [b"", b"NCB1", b"NCB1\xff\xff\xff\xff", b"NCB1\x02\0\0\0[]", b"hello, I am no blob"])
def test_anything_else_is_damage(data: bytes) -> None:
    with pytest.raises(DamagedBlob):
        blob.unpack_frames(data)


def test_a_blob_that_inflates_to_more_than_it_says_is_damage() -> None:
    small, large = blob.pack_frames(frames((1, 2, 2))), blob.pack_frames(frames((4, 64, 64)))
    header = small[: 8 + int.from_bytes(small[4:8], "little")]
    body = large[8 + int.from_bytes(large[4:8], "little") :]
    with pytest.raises(DamagedBlob, match="number of values"):
        blob.unpack_frames(header + body)


def test_frames_without_a_nowcasts_header_are_no_nowcast() -> None:
    with pytest.raises(DamagedBlob, match="header"):
        blob.unpack_nowcast(blob.pack_frames(frames()))
