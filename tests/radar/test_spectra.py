import numpy as np
import pytest

from radar.spectra import CENTRES, DRY, EDGES, spectra
from radar.synthetic import storm


def wave(length: int, size: int = 64) -> np.ndarray:
    """A frame whose rain in dB is 5 + 5 cos of waves some pixels long."""
    x = np.arange(size)
    decibels = 5 + 5 * np.cos(2 * np.pi * x / length)
    return np.repeat((10 ** (decibels / 10))[None, None], size, 1).astype(np.float32)


@pytest.mark.parametrize(("length", "pixel_km"), [(4, 1.0), (16, 1.0), (8, 2.0)])
def test_a_wave_has_its_power_at_its_length(length: int, pixel_km: float) -> None:
    sums = spectra(wave(length), wave(length), pixel_km)
    at = np.argmax(sums.came[0])
    assert EDGES[at] <= length * pixel_km < EDGES[at + 1]
    assert sums.came[0, at] == pytest.approx(2 * (5 / 2) ** 2 * 64 * 64, rel=1e-3)  # two coefficients of N a / 2
    assert np.delete(sums.came[0], at).max() < 1e-3 * sums.came[0, at]


def test_power_of_all_wavelengths_is_the_variance() -> None:
    """Parseval: what the half octaves hold is at most the sum of squares around the mean, and most of it."""
    rain = storm((64, 64), frames=1).rain
    decibels = np.where(rain >= 0.1, 10 * np.log10(np.maximum(rain, 0.1)), DRY)
    total = float(((decibels - decibels.mean()) ** 2).sum())
    assert 0.95 * total < spectra(rain, rain, 1.0).came.sum() <= total * (1 + 1e-5)


def test_grids_of_other_sizes_share_their_wavelengths() -> None:
    small, large = (storm(shape, frames=1).rain for shape in ((32, 32), (64, 48)))
    merged = spectra(small, small, 1.0) + spectra(large, large, 1.0)
    assert merged.coefficients.shape == (1, len(CENTRES))


def test_no_wave_is_shorter_than_two_pixels() -> None:
    rain = storm((32, 32), frames=1).rain
    held = spectra(rain, rain, 3.75).coefficients[0] > 0
    assert not held[np.array(EDGES[1:]) <= 7.5].any()


def test_a_smooth_forecast_lacks_short_waves() -> None:
    rain = storm((64, 64), frames=1).rain
    smooth = np.full_like(rain, rain.mean())
    said, came = spectra(smooth, rain, 1.0).densities
    assert np.nanmax(said) < 1e-3 * np.nanmax(came)
