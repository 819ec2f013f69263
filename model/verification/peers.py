"""The methods of pysteps as baselines, as its examples use them; pysteps is needed only here."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.errors import BadInput, NowcastError
from radar.frames import Frames
from radar.nowcast import future_times

LEAST, DRY = 0.1, -15.0
"""mm/h from which it rains, and what is dry in dB; rain at the threshold has -10 dB."""
LEVELS = 6
LAST = 3
"""Frames that Lucas-Kanade and an autoregression of order 2 look at."""
FIVE_MINUTES = timedelta(minutes=5)
Field = NDArray[Any]


class PeerFailed(NowcastError):
    """pysteps raised an error for a window."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """pysteps greets, prints what it does, and it and its dependencies warn."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def motion(decibels: Field) -> Field:
    """(2, Y, X) pixels per frame by Lucas-Kanade on the last three frames."""
    from pysteps import motion as motions  # noqa: PLC0415

    return np.asarray(motions.get_method("LK")(decibels))


def in_decibels(past: Frames) -> Field:
    """The last three frames in dB, dry where it is and where nothing was observed."""
    from pysteps.utils.transformation import dB_transform  # noqa: PLC0415

    decibels, _ = dB_transform(past.last(LAST).rain.copy(), threshold=LEAST, zerovalue=DRY)
    return np.where(np.isfinite(decibels), decibels, DRY)


def extrapolation(past: Frames, horizon: int) -> Field:
    """Lucas-Kanade and semi-Lagrangian advection of the last frame in mm/h (Pulkkinen et al. 2019)."""
    from pysteps import nowcasts  # noqa: PLC0415

    return np.asarray(nowcasts.get_method("extrapolation")(past.rain[-1], motion(in_decibels(past)), horizon))


def sprog(past: Frames, horizon: int, matching: str) -> Field:
    """S-PROG (Seed 2003): scales fade as fast as they can be foretold; then amounts are matched to the last frame."""
    from pysteps import nowcasts  # noqa: PLC0415
    from pysteps.utils.transformation import dB_transform  # noqa: PLC0415

    decibels = in_decibels(past)
    forecast = nowcasts.get_method("sprog")
    said = forecast(
        decibels,
        motion(decibels),
        horizon,
        precip_thr=10 * np.log10(LEAST),
        n_cascade_levels=LEVELS,
        probmatching_method=matching,
    )
    return np.asarray(dB_transform(said, threshold=10 * np.log10(LEAST), inverse=True)[0])


def steps_member(past: Frames, horizon: int) -> Field:
    """One member of STEPS (Bowler et al. 2006): S-PROG with noise for the scales that have faded."""
    from pysteps import nowcasts  # noqa: PLC0415
    from pysteps.utils.transformation import dB_transform  # noqa: PLC0415

    decibels = in_decibels(past)
    said = nowcasts.get_method("steps")(
        decibels,
        motion(decibels),
        horizon,
        n_ens_members=1,
        n_cascade_levels=LEVELS,
        precip_thr=10 * np.log10(LEAST),
        kmperpixel=past.grid.pixel_km or 1.0,
        timestep=(past.cadence or FIVE_MINUTES) / timedelta(minutes=1),
        seed=0,
        num_workers=1,
    )
    return np.asarray(dB_transform(said[0], threshold=10 * np.log10(LEAST), inverse=True)[0])


PEERS: dict[str, Callable[[Frames, int], Field]] = {
    "pysteps-extrapolation": extrapolation,
    "pysteps-sprog": partial(sprog, matching="cdf"),
    "pysteps-sprog-mean": partial(sprog, matching="mean"),
    "pysteps-steps-member": steps_member,
}
"""S-PROG matches the whole distribution, as pysteps does by default, or the mean, as one of its examples does."""


def peer(name: str) -> Callable[[Frames, int], Frames]:
    """A method of PEERS; BadInput when pysteps is not installed."""
    if find_spec("pysteps") is None:
        raise BadInput(f"{name} needs pysteps: pip install 'nowcast[oracle]', with a C compiler at hand.")
    return partial(answer, PEERS[name])


def answer(method: Callable[[Frames, int], Field], past: Frames, horizon: int) -> Frames:
    """A forecast of pysteps as frames: dry for a dry past, which it does not take; PeerFailed when it raises."""
    if past.last(LAST).dry:
        rain = np.zeros((horizon, *past.grid.shape), np.float32)
    else:
        try:
            with quiet():
                rain = np.maximum(method(past, horizon), 0, dtype=np.float32)
        except (ValueError, RuntimeError, IndexError, ArithmeticError) as error:
            raise PeerFailed(f"pysteps says {type(error).__name__}: {error}") from error
    return Frames(rain, future_times(past, horizon), past.grid)


def peer_version() -> str:
    """The version of pysteps."""
    try:
        return version("pysteps")
    except PackageNotFoundError:
        return "none"
