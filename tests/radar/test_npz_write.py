"""A nowcast as arrays: numpy opens it, and we read its frames again."""

import io
import zipfile
from dataclasses import replace

import numpy as np
from hypothesis import given, settings

from radar.chances import Chances
from radar.formats import npz, npz_write
from radar.frames import Frames, stamp
from radar.nowcast import Nowcast
from tests.radar.samples import any_frames, frames, nowcast, same


def likely(past: Frames) -> Nowcast:
    said = nowcast(past)
    values = np.random.default_rng(0).random((2, *said.frames.rain.shape), np.float32)
    return replace(said, chances=Chances((0.5, 5.0), values, "network"))


@given(any_frames(6))
@settings(max_examples=20)
def test_its_frames_are_read_again(past: Frames) -> None:
    said = nowcast(past)
    same(npz.read(npz_write.write_nowcast(said)), said.frames)


def test_numpy_opens_it_without_pickle() -> None:
    said = likely(frames())
    with np.load(io.BytesIO(npz_write.write_nowcast(said)), allow_pickle=False) as file:
        assert (str(file["method"]), str(file["asked_for"])) == ("persistence", "ms-convlstm")
        assert file["input_times"].tolist() == [stamp(time) for time in said.input_times]
        assert file["thresholds"].tolist() == [0.5, 5.0]
        np.testing.assert_array_equal(file["rain"], said.frames.rain)
        assert said.chances is not None
        np.testing.assert_array_equal(file["chances"], said.chances.codes)


def test_chances_are_left_out_where_nobody_wants_them() -> None:
    with np.load(io.BytesIO(npz_write.write_nowcast(likely(frames()), chances=False))) as file:
        assert {"chances", "thresholds"} & set(file) == set()


def test_equal_nowcasts_are_equal_bytes_that_are_not_packed() -> None:
    one, other = (npz_write.write_nowcast(likely(frames())) for _ in range(2))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
