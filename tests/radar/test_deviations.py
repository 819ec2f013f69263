import numpy as np
import pytest
from hypothesis import given

from radar.deviations import DEVIATIONS, deviations
from radar.frames import Rain
from radar.rain import encode
from tests.radar.pairs import pairs


def row(*rain: float) -> Rain:
    return np.array([[rain]], np.float32)


def test_by_hand() -> None:
    sums = deviations(row(3, 0, np.nan, 9), row(1, 0, 2, np.nan))
    found = {name: score(sums).item() for name, score in DEVIATIONS.items()}
    off = [float(encode(3.0) - encode(1.0)), 0.0, float(encode(0.0) - encode(2.0))]
    weight = [1.0, 1.0, 2.0]
    expected = {
        "mse": (4 + 0 + 4) / 3,
        "mae": (2 + 0 + 2) / 3,
        "b-mse": sum(w * d**2 for w, d in zip(weight, off, strict=True)) / 3,
        "b-mae": sum(w * abs(d) for w, d in zip(weight, off, strict=True)) / 3,
    }
    assert found == pytest.approx(expected, rel=1e-5)


@given(pairs())
def test_bounds_and_the_perfect_forecast(pair: tuple[Rain, Rain]) -> None:
    said, came = pair
    for name, score in DEVIATIONS.items():
        values = score(deviations(said, came))
        assert ((values >= 0) | np.isnan(values)).all(), name
        perfect = score(deviations(came, came))
        assert ((perfect == 0) | np.isnan(perfect)).all(), name
