"""Blobs: exact both ways, and nothing but DamagedBlob for anything else."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from jobs import blob
from jobs.errors import DamagedBlob
from radar.chances import Chances
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
    sent = Nowcast(frames(), "persistence", "1", "ms-convlstm", (START,), (START,), "failed")
    came = blob.unpack_nowcast(blob.pack_nowcast(sent))
    np.testing.assert_array_equal(came.frames.rain, sent.frames.rain)
    assert (came.method, came.version, came.asked_for) == ("persistence", "1", "ms-convlstm")
    assert (came.input_times, came.interpolated, came.fallback_reason) == ((START,), (START,), "failed")


def likely(shape: tuple[int, int, int] = (3, 4, 5), thresholds: tuple[float, ...] = (0.5, 2.0)) -> Nowcast:
    values = np.random.default_rng(1).random((len(thresholds), *shape), np.float32)
    values[:, 0, 0, 0] = np.nan
    chances = Chances(thresholds, values, "ensemble")
    return Nowcast(frames(shape), "ensemble", "1", "ensemble", (START,), chances=chances)


@given(shape=st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)))
def test_chances_come_back_exactly(shape: tuple[int, int, int]) -> None:
    sent = likely(shape)
    came = blob.unpack_nowcast(blob.pack_nowcast(sent))
    assert came.chances is not None
    assert sent.chances is not None
    np.testing.assert_array_equal(came.chances.codes, sent.chances.codes)
    np.testing.assert_array_equal(came.frames.rain, sent.frames.rain)
    assert (came.chances.thresholds, came.chances.made_by) == ((0.5, 2.0), "ensemble")


def test_the_rain_is_had_without_the_chances_behind_it() -> None:
    packed = blob.pack_nowcast(likely())
    end = blob.nowcast_end(packed[: blob.HEAD_BYTES], chances=False)
    assert end is not None
    assert end < len(packed)
    came = blob.unpack_nowcast(packed[:end], chances=False)
    np.testing.assert_array_equal(came.frames.rain, likely().frames.rain)
    assert came.chances is None
    with pytest.raises(DamagedBlob):
        blob.unpack_nowcast(packed[:end])


def test_a_nowcast_without_chances_has_none() -> None:
    sent = Nowcast(frames(), "persistence", "1", "persistence", (START,))
    assert blob.unpack_nowcast(blob.pack_nowcast(sent)).chances is None


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_flipped_byte_of_a_nowcast_is_damage_or_harmless(at: int, value: int) -> None:
    data = bytearray(blob.pack_nowcast(likely()))
    data[at % len(data)] = value
    with suppress(DamagedBlob):
        assert len(blob.unpack_nowcast(bytes(data)).frames) == 3


@pytest.mark.parametrize(
    "said",
    [
        {"thresholds": [0.5, 2.0, 5.0], "made_by": "ensemble"},
        {"thresholds": [0.5], "made_by": "ensemble"},
        {"thresholds": [-1.0, 2.0], "made_by": "ensemble"},
        {"thresholds": [0.5, "2"], "made_by": "ensemble"},
        {"thresholds": [0.5, 2.0]},
        [0.5, 2.0],
    ],
)
def test_chances_that_are_not_as_the_header_says_are_damage(said: Any) -> None:
    with pytest.raises(DamagedBlob):
        blob.unpack_nowcast(with_header(blob.pack_nowcast(likely()), chances=said))


def test_more_chances_than_fit_are_not_inflated() -> None:
    thresholds = [1.0 + step for step in range(16)]
    damaged = with_header(blob.pack_nowcast(likely()), shape=[16, 2048, 2048], chances={"thresholds": thresholds})
    with pytest.raises(DamagedBlob, match="more chances than a nowcast can have"):
        blob.unpack_nowcast(damaged)


def with_header(data: bytes, **fields: Any) -> bytes:
    """A blob that says something else of itself."""
    end = 8 + int.from_bytes(data[4:8], "little")
    text = json.dumps({**json.loads(data[8:end]), **fields}).encode()
    return data[:4] + len(text).to_bytes(4, "little") + text + data[end:]


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_flipped_byte_is_damage_or_harmless(at: int, value: int) -> None:
    data = bytearray(blob.pack_frames(frames()))
    data[at % len(data)] = value
    with suppress(DamagedBlob):
        assert len(blob.unpack_frames(bytes(data))) == 3


@pytest.mark.parametrize("data", [b"", b"NCB2", b"NCB2\xff\xff\xff\xff", b"NCB2\x02\0\0\0[]", b"hello, I am no blob"])
def test_anything_else_is_damage(data: bytes) -> None:
    with pytest.raises(DamagedBlob):
        blob.unpack_frames(data)


def body_of(data: bytes) -> bytes:
    """What lies behind a header."""
    return data[8 + int.from_bytes(data[4:8], "little") :]


def with_body(data: bytes, body: bytes) -> bytes:
    """A blob with another body, as long as its header then says."""
    return with_header(data[: len(data) - len(body_of(data))] + body, packed=[len(body)])


@pytest.mark.parametrize("shape", [(4, 64, 64), (1, 1, 1)])
def test_a_blob_of_another_size_than_it_says_is_damage_before_it_is_unpacked(shape: tuple[int, int, int]) -> None:
    with pytest.raises(DamagedBlob, match="number of values"):
        blob.unpack_frames(with_body(blob.pack_frames(frames((1, 2, 2))), body_of(blob.pack_frames(frames(shape)))))


@pytest.mark.parametrize("change", [lambda body: body[:-1], lambda body: body + b"0", lambda body: body + body])
def test_a_body_that_ends_elsewhere_is_damage(change: Callable[[bytes], bytes]) -> None:
    packed = blob.pack_frames(frames())
    with pytest.raises(DamagedBlob):
        blob.unpack_frames(with_body(packed, change(body_of(packed))))


def test_large_arrays_that_are_packed_at_once_are_the_same() -> None:
    parts: list[NDArray[Any]] = [np.zeros((1, 600, 600), np.float32), np.ones((2, 600, 600), np.uint8)]
    assert parts[0].nbytes > blob.SMALL
    assert blob.compressed(parts) == [blob.squeezed(part) for part in parts]


def test_frames_without_a_nowcasts_header_are_no_nowcast() -> None:
    with pytest.raises(DamagedBlob, match="header"):
        blob.unpack_nowcast(blob.pack_frames(frames()))
