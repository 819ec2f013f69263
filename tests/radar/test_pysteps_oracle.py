"""Our extrapolation against that of pysteps, on real radar."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest
import xarray

from radar.extrapolation import extrapolation
from radar.frames import Frames, Rain
from radar.grid import Grid
from radar.persistence import persistence
from radar.scores import Counts, count

DATA = Path(__file__).parents[2].parent / "shared/data/radar"
THRESHOLDS = (0.5, 1.0, 2.0, 5.0)
LEADS = 12

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real radar of ../shared/data/radar is not there")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """pysteps greets on import, and it and its dependencies warn."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        pytest.importorskip("pysteps", reason="pip install nowcast[oracle], which needs a C compiler")
        yield


def pysteps_extrapolation(rain: Rain, horizon: int) -> Rain:
    """As in its example: Lucas-Kanade on the last three frames in dB, semi-Lagrangian advection of the last."""
    from pysteps import motion, nowcasts  # noqa: PLC0415
    from pysteps.utils.transformation import dB_transform  # noqa: PLC0415

    decibels, _ = dB_transform(rain[-3:].copy(), threshold=0.1, zerovalue=-15.0)
    velocity = motion.get_method("LK")(decibels)
    return np.asarray(nowcasts.get_method("extrapolation")(rain[-1], velocity, horizon), np.float32)


def windows(name: str, starts: tuple[int, ...]) -> Iterator[tuple[Frames, Rain]]:
    """Four frames before each start and the hour that came; every frame five minutes after the other."""
    with xarray.open_dataset(DATA / name) as event:
        for start in starts:
            part = event.isel(time=slice(start - 4, start + LEADS))
            rain, seconds = part.rain_rate.values, part.time.values.astype("datetime64[s]").astype(int)
            times = tuple(datetime.fromtimestamp(int(second), UTC) for second in seconds)
            whole = Frames(rain, times, Grid.picture(rain.shape[1:]))
            yield replace(whole, rain=whole.rain[:4], times=whole.times[:4]), whole.rain[4:]


def pooled(parts: Iterator[Counts]) -> Counts:
    return reduce(add, parts).pooled()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "starts"),
    [
        ("ch_mch_20160711T2045.nc", (4, 18)),
        ("nl_knmi_20100826T0000.nc", (24, 64)),
        ("fi_fmi_20160928T1445.nc", (10,)),
        ("it_taasrad19_20160710T0000.nc", (196, 287, 500, 675, 792, 1031)),
    ],
)
def test_ours_is_as_good_as_pysteps(name: str, starts: tuple[int, ...]) -> None:
    """CSI over the leads up to an hour, at worst 2 % below, at every threshold; and both beat persistence."""
    cases = list(windows(name, starts))
    ours = pooled(count(extrapolation(past, LEADS).rain, came, THRESHOLDS) for past, came in cases)
    theirs = pooled(count(pysteps_extrapolation(past.rain, LEADS), came, THRESHOLDS) for past, came in cases)
    still = pooled(count(persistence(past, LEADS).rain, came, THRESHOLDS) for past, came in cases)
    assert (ours.csi >= 0.98 * theirs.csi).all(), (ours.csi, theirs.csi)
    assert (ours.csi > still.csi).all()
    assert (ours.count == theirs.count).all()
