"""Rain as a person wants to see it: colours, a still and an animation. No way back to rain from here."""

import io

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from radar.frames import Frames

FRAME_MS = 300
CLEAR = (0, 0, 0, 0)
MISSING = (128, 128, 128, 96)
PALETTE = (
    (0.1, (170, 215, 245, 160)),
    (0.2, (110, 180, 240, 190)),
    (0.5, (50, 130, 225, 210)),
    (1.0, (20, 85, 190, 225)),
    (2.0, (0, 150, 80, 235)),
    (4.0, (90, 200, 60, 240)),
    (6.0, (250, 230, 50, 245)),
    (10.0, (250, 170, 30, 250)),
    (20.0, (240, 90, 30, 255)),
    (40.0, (210, 20, 40, 255)),
    (80.0, (170, 0, 130, 255)),
    (150.0, (245, 190, 245, 255)),
)
"""From this rain rate in mm/h on, this colour (red, green, blue, opacity)."""
RATES = np.array([rate for rate, _ in PALETTE], np.float32)
COLOURS = np.array([CLEAR, *(colour for _, colour in PALETTE), MISSING], np.uint8)


def levels(rain: ArrayLike) -> NDArray[np.uint8]:
    """Rain (Y, X) in mm/h as rows of COLOURS: 0 dry, the last one not observed."""
    values = np.asarray(rain, np.float32)
    steps = np.searchsorted(RATES, values, side="right").astype(np.uint8)
    return np.where(np.isnan(values), np.uint8(len(COLOURS) - 1), steps)


def colour(rain: ArrayLike) -> NDArray[np.uint8]:
    """Rain (Y, X) in mm/h as red, green, blue, opacity (Y, X, 4): clear when dry, grey where not observed."""
    return COLOURS[levels(rain)]


def still(rain: ArrayLike) -> bytes:
    """Rain (Y, X) in mm/h as a PNG."""
    file = io.BytesIO()
    Image.fromarray(colour(rain)).save(file, "PNG")
    return file.getvalue()


def animation(frames: Frames) -> bytes:
    """Frames as an animated PNG that loops for ever."""
    first, *rest = (Image.fromarray(colour(rain)) for rain in frames.rain)
    file = io.BytesIO()
    # Each picture replaces the one before: blending would leave old rain under clear pixels.
    first.save(file, "PNG", save_all=True, append_images=rest, duration=FRAME_MS, loop=0, blend=0, disposal=0)
    return file.getvalue()
