"""Synthetic storms: seeded rain that moves, turns, grows and decays, for tests and for a first try without radar."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from radar.frames import Frames, Rain
from radar.grid import Grid

Floats = NDArray[np.float32]

FIRST = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
LAEA_EUROPE = "EPSG:3035"
CENTRE = (4_321_000.0, 3_210_000.0)
"""x and y in m of the projection's own centre, 10° E 52° N, where a pixel is as long as it says."""

LIGHTEST, HEAVIEST = 0.1, 60.0
"""mm/h where rain begins, and where it ends."""
STEEPNESS = 2.0
"""Natural logarithm of rain rate gained per standard deviation of the texture."""
SLOPE = 2.8
"""Of the power spectrum of the texture over wavenumber; radar rain has 2.5 to 3 in two dimensions (Seed 2003)."""
SMALLEST = 64
"""Pixels a side in which a storm is made, to be cut down for a smaller grid."""


def storm(
    shape: tuple[int, int] = (128, 128),
    frames: int = 12,
    seed: int = 0,
    *,
    cadence: timedelta = FIVE_MINUTES,
    pixel_km: float = 1.0,
    start: datetime = FIRST,
) -> Frames:
    """A storm of (frames, *shape) in mm/h, up to 60, on a LAEA grid in the middle of Europe; at least half is dry.

    The same seed, shape, cadence and pixel give the same storm, and more frames go on where fewer end. Speeds and
    life times are physical: 20 to 60 km/h, turning by up to 12° an hour, renewing itself in some two hours.
    """
    weather = Weather.of(seed, (max(shape[0], SMALLEST), max(shape[1], SMALLEST)), pixel_km)
    hours = [n * (cadence / timedelta(hours=1)) for n in range(frames)]
    rain = np.stack([weather.rain(hour)[: shape[0], : shape[1]] for hour in hours])
    return Frames(rain, tuple(start + n * cadence for n in range(frames)), place(shape, pixel_km))


def place(shape: tuple[int, int], pixel_km: float) -> Grid:
    """A north-up grid around the centre of LAEA Europe."""
    side = 1000 * pixel_km
    left, top = CENTRE[0] - shape[1] * side / 2, CENTRE[1] + shape[0] * side / 2
    return Grid.of(shape, (side, 0.0, left, 0.0, -side, top), LAEA_EUROPE)


@dataclass(frozen=True, eq=False)
class Weather:
    """All that was drawn for one storm; what follows at any time is no longer chance.

    textures: two fields of a wider, periodic grid, between which the storm changes over; shape: of the frames, pixels;
    velocity: pixels per hour, down and right; turn, change: radians per hour; phase: radians, of growth and decay.
    """

    textures: tuple[Floats, Floats]
    shape: tuple[int, int]
    velocity: tuple[float, float]
    turn: float
    change: float
    phase: float

    @classmethod
    def of(cls, seed: int, shape: tuple[int, int], pixel_km: float) -> "Weather":
        """Draw the weather of a seed."""
        chance = np.random.default_rng(seed)
        speed, heading = chance.uniform(20, 60) / pixel_km, chance.uniform(0, 2 * np.pi)
        return cls(
            velocity=(speed * np.sin(heading), speed * np.cos(heading)),
            turn=np.radians(chance.uniform(-12, 12)),
            change=np.pi / 2 / chance.uniform(1.5, 3),
            phase=chance.uniform(0, 2 * np.pi),
            textures=(texture(chance, shape), texture(chance, shape)),
            shape=shape,
        )

    def rain(self, hour: float) -> Rain:
        """(Y, X) mm/h: log-normal where the texture is highest, over 20 to 40 % of the frame, dry elsewhere."""
        field = self._texture(hour)
        wet = 0.3 + 0.1 * np.sin(self.phase + 2 * self.change * hour)
        excess = field - np.quantile(field, 1 - wet)
        rain = np.minimum(LIGHTEST * np.exp(STEEPNESS * excess), HEAVIEST)
        return np.where(excess > 0, rain, 0).astype(np.float32)

    def _texture(self, hour: float) -> Floats:
        """The texture that has come over the frame by now, of unit variance."""
        now, later = np.cos(self.change * hour), np.sin(self.change * hour)
        mixed = now * self.textures[0] + later * self.textures[1]
        read = ndimage.map_coordinates(mixed, self._origins(hour), order=1, mode="grid-wrap")
        return np.asarray(read, np.float32)

    def _origins(self, hour: float) -> Floats:
        """(2, Y, X) rows and columns from which what is over the frame now has come."""
        cos, sin = np.cos(self.turn * hour), np.sin(self.turn * hour)
        centre = np.reshape(self.shape, (2, 1, 1)) / 2
        away = np.indices(self.shape) - centre
        turned = np.einsum("ij,jyx->iyx", np.array([[cos, -sin], [sin, cos]]), away)
        return np.asarray(turned + centre - hour * np.reshape(self.velocity, (2, 1, 1)), np.float32)


def texture(chance: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """A periodic field half as large again as `shape`: Gaussian noise of zero mean and unit variance, with a power
    law for its spectrum up to a third of the frame and white beyond."""
    rows, columns = (fft.next_fast_len(side + side // 2, real=True) for side in shape)
    noise = fft.rfft2(chance.standard_normal((rows, columns), dtype=np.float32))
    wavenumber = np.hypot(fft.fftfreq(rows)[:, None], fft.rfftfreq(columns))
    widest = 3 / max(shape)
    field = fft.irfft2(noise * np.maximum(wavenumber, widest) ** (-SLOPE / 2), s=(rows, columns))
    field -= field.mean()
    return np.asarray(field / field.std(), np.float32)
