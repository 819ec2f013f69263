"""How much rain varies on which scale: the radially averaged power spectral density, which tells a blurred forecast."""

from dataclasses import dataclass

import numpy as np
from scipy.fft import fft2, fftfreq

from radar.frames import Rain
from radar.sums import Floats, Integers, Sums, check_pair, ratio

EDGES = tuple(2.0 ** (n / 2) for n in range(23))
"""Wavelengths in km between which power is averaged: half octaves from 1 to 2048 km."""
CENTRES = tuple(2.0 ** (n / 2 + 0.25) for n in range(22))
LEAST, DRY = 0.1, -15.0
"""mm/h below which a pixel is dry, and the dB it then has, as pysteps has it."""
RULES = {
    "field": "10 log10(mm/h), -15 dB below 0.1 mm/h, where not observed, and where a forecast is NaN",
    "power": "|F|² / pixels, averaged over half octaves of wavelength from two pixels on",
}


@dataclass(frozen=True, eq=False)
class Spectra(Sums):
    """Sums over Fourier coefficients; each array is (leads, wavelengths), by the half octaves of EDGES.

    said, came: their power in dB², of the forecast and of what was observed.
    """

    coefficients: Integers
    said: Floats
    came: Floats

    @property
    def densities(self) -> tuple[Floats, Floats]:
        """Mean power of the forecast and of what came, NaN for wavelengths that the grid does not hold."""
        return ratio(self.said, self.coefficients), ratio(self.came, self.coefficients)


def spectra(forecast: Rain, observed: Rain, pixel_km: float) -> Spectra:
    """Power of a forecast and of what came; both (T, Y, X) mm/h, one lead per frame.

    A frame of which nothing was observed does not count. ValueError where the shapes differ.
    """
    check_pair(forecast, observed)
    which = wavelength_bins(observed.shape[1:], pixel_km)
    held = np.bincount(which[which >= 0], minlength=len(CENTRES))
    seen = np.isfinite(observed)
    pairs = zip(np.where(seen, forecast, np.nan), observed, strict=True)
    sums = np.array([[binned(power(frame), which) for frame in pair] for pair in pairs])
    any_seen = np.any(seen, axis=(1, 2), keepdims=True)[..., 0]
    said, came = np.moveaxis(np.reshape(sums, (len(observed), 2, len(CENTRES))), 1, 0) * any_seen
    return Spectra(held * any_seen, said, came)


def power(rain: Rain) -> Floats:
    """(Y, X) power of the Fourier coefficients of rain in dB, in the order of scipy's fft2."""
    decibels = np.where(rain >= LEAST, 10 * np.log10(np.maximum(rain, LEAST)), DRY)
    return np.asarray(np.abs(fft2(np.nan_to_num(decibels, nan=DRY))) ** 2 / rain.size, np.float64)


def wavelength_bins(shape: tuple[int, ...], pixel_km: float) -> Integers:
    """(Y, X) the half octave of each coefficient, -1 for the mean and for waves shorter than two pixels."""
    y, x = (fftfreq(side, pixel_km) for side in shape)
    frequency = np.hypot(y[:, None], x)
    with np.errstate(divide="ignore"):
        found = np.searchsorted(EDGES, 1 / frequency, side="right") - 1
    held = (frequency > 0) & (frequency <= 0.5 / pixel_km) & (found >= 0) & (found < len(CENTRES))
    return np.where(held, found, -1)


def binned(values: Floats, which: Integers) -> Floats:
    """The sums of values (Y, X) by bin."""
    return np.asarray(np.bincount(which[which >= 0], values[which >= 0], len(CENTRES)), np.float64)
