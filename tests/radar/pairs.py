"""Pairs of a forecast and what came, and every family of sums by one signature."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from radar.deviations import deviations
from radar.fractions import fractions
from radar.frames import Rain
from radar.reliability import reliability, yes_or_no
from radar.scores import count
from radar.similarity import similarity
from radar.spectra import spectra
from radar.sums import Sums

THRESHOLDS = (0.5, 1.0, 5.0)
PIXEL_KM = 2.0
RATES = st.sampled_from([0.0, 0.0, 0.25, 0.5, 0.7, 1.0, 3.0, 5.0, 40.0, float("nan")])

FAMILIES: dict[str, Callable[[Rain, Rain], Sums]] = {
    "counts": lambda said, came: count(said, came, THRESHOLDS),
    "fractions": lambda said, came: fractions(said, came, THRESHOLDS, PIXEL_KM),
    "deviations": deviations,
    "similarity": similarity,
    "spectra": lambda said, came: spectra(said, came, PIXEL_KM),
    "reliability": lambda said, came: reliability(yes_or_no(said, THRESHOLDS), came, THRESHOLDS),
}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Rain, Rain]:
    """Two rains (T, Y, X) of one shape, of 2 or 3 frames, with dry, equal and missing pixels."""
    shape = draw(st.tuples(st.integers(2, 3), st.integers(1, 12), st.integers(1, 12)))
    said, came = (draw(arrays.arrays(np.float32, shape, elements=RATES, fill=RATES)) for _ in range(2))
    return said, came


def same(one: Sums, two: Sums) -> None:
    """Raise where two sums differ by more than rounding."""
    for ours, theirs in zip(one.arrays, two.arrays, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)
