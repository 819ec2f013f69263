"""Extrapolation: the last frame carried along by the motion of the last few."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from radar.frames import Frames, Rain
from radar.nowcast import future_times

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SPAN = 2
"""Frames from one to the next whose motion is sought: composites of radars that scan in turns repeat half a frame."""
PAIRS = 2
"""How many such pairs are averaged; an older one counts half as much."""
LAST_RESORT = 0.02
"""Weight of the motion over the last frame alone, for where a radar has only just come back."""
DRIZZLE, CLOUDBURST = 0.1, 50.0
"""Rain rates in mm/h that are black and white in the picture the flow is found in."""
EDGE = 15
"""Pixels: a window this wide must be observed for its motion to count, as the edge of the radar's view stands still."""
SCALES = (90.0, 30.0, 10.0)
"""Pixels: Gaussian widths at which motion is spread from where rain was seen, the last one where there is plenty."""
SHRINK = 2
DOUBT = 1e-3
"""Share of rain below which the motion of the next wider scale takes over."""
SMALLEST = 32
"""Pixels: the optical flow does not work on smaller pictures."""


def extrapolation(past: Frames, horizon: int) -> Frames:
    """The last frame moved along its motion, neither growing nor decaying.

    NaN where the rain would have come from outside the grid or from a pixel that was not observed. Past that is dry
    answers dry; a single frame has no motion and stays. The same frames give the same answer, as long as OpenCV has
    the same number of threads.
    """
    rain = advect(past.rain[-1], motion(past), horizon)
    return Frames(rain, future_times(past, horizon), past.grid)


def motion(past: Frames) -> Floats:
    """(2, Y, X) pixels per frame, to the right then down, finite everywhere; zero where nothing tells."""
    return velocity(past.rain)


def velocity(rain: Rain) -> Floats:
    """The motion (2, Y, X) in rain (T, Y, X) that has one cadence.

    DIS optical flow (Kroeger et al. 2016) over the last few frames, averaged by where there is rain.
    """
    recent = rain[-SPAN - PAIRS :]
    windows = [recent[start : start + SPAN + 1] for start in range(max(len(recent) - SPAN, 1))]
    seen = [0.5**age * evidence(window) for age, window in enumerate(reversed(windows))]
    seen.append(LAST_RESORT * evidence(recent[-2:]))
    return spread(np.sum(seen, axis=0, dtype=np.float32), rain.shape[1:])


def evidence(rain: Rain) -> Floats:
    """Motion x and y from the first to the last frame, in pixels per frame, times weight; and weight.

    (Y, X, 3) of blocks of SHRINK x SHRINK pixels, as the field is smoothed anyway.
    """
    _, height, width = rain.shape
    weight = trust(rain[0], rain[-1])[..., None]
    found = flow([picture(frame) for frame in rain])[:height, :width]
    blocks = (-(-width // SHRINK), -(-height // SHRINK))
    whole = np.concatenate([found * weight, weight], axis=-1)
    return np.asarray(cv2.resize(whole, blocks, interpolation=cv2.INTER_AREA), np.float32)


def picture(rain: Rain) -> Bytes:
    """Rain in mm/h on a logarithmic scale of 8 bits, a little blurred against noise, at least SMALLEST a side.

    NaN is black; a smaller picture goes on to the right and below as its edge is.
    """
    levels = np.log(np.maximum(np.nan_to_num(rain), DRIZZLE) / DRIZZLE) / np.log(CLOUDBURST / DRIZZLE)
    grey = cv2.GaussianBlur((255 * np.minimum(levels, 1)).astype(np.uint8), (0, 0), 1.5)
    below, right = (max(SMALLEST - side, 0) for side in rain.shape)
    return np.asarray(cv2.copyMakeBorder(grey, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def trust(earlier: Rain, later: Rain) -> Floats:
    """(Y, X) 1 where the later frame has rain and both were observed all around, else 0."""
    observed = (np.isfinite(later) & np.isfinite(earlier)).astype(np.uint8)
    inner = cv2.erode(observed, np.ones((EDGE, EDGE), np.uint8))
    return np.asarray((later >= DRIZZLE) * inner, np.float32)


def flow(pictures: Sequence[Bytes]) -> Floats:
    """(Y, X, 2) pixels per frame: how what the last picture shows has moved since the first one.

    The motion since each picture is where the search for the one before it starts, or fast rain would get lost.
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    *earlier, last = pictures
    back = np.zeros((*last.shape, 2), np.float32)
    for steps, before in enumerate(reversed(earlier), start=1):
        back = np.asarray(dis.calc(last, before, back * steps), np.float32) / np.float32(steps)
    return -back


def spread(seen: Floats, shape: tuple[int, int]) -> Floats:
    """(2, Y, X) motion everywhere on a grid of `shape` out of evidence of where it was seen.

    Normalised convolution (Knutsson and Westin 1993) from wide to narrow: where a scale has seen hardly any rain,
    the wider one before it holds, the widest being the mean of the whole frame.
    """
    means = np.mean(seen, axis=(0, 1))
    field = means[:2] / max(means[2], 1e-12)
    for scale in SCALES:
        blurred = cv2.GaussianBlur(seen, (0, 0), scale / SHRINK, borderType=cv2.BORDER_REPLICATE)
        field = (blurred[..., :2] + DOUBT * field) / (blurred[..., 2:] + DOUBT)
    full = cv2.resize(field.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(np.moveaxis(full, -1, 0), np.float32)


def advect(rain: Rain, velocity: Floats, horizon: int) -> Rain:
    """(horizon, Y, X) the frame (Y, X) carried along a steady velocity (2, Y, X) in pixels per frame."""
    return np.asarray([carried(rain, places) for places in trajectories(velocity, horizon)], np.float32)


def trajectories(velocity: Floats, horizon: int) -> Iterator[Floats]:
    """For each of `horizon` frames ahead, where (2, Y, X), x then y in pixels, what arrives at a pixel is now.

    Backward semi-Lagrangian (Germann and Zawadzki 2002): each step goes with the velocity at its middle.
    """
    places: Floats = np.mgrid[: velocity.shape[1], : velocity.shape[2]][::-1].astype(np.float32)
    step = velocity
    for _ in range(horizon):
        step = sample(velocity, places - np.float32(0.5) * step, cv2.BORDER_REPLICATE)
        places = places - step
        yield places


class Carrier:
    """Carries fields (Y, X) that are known at the same pixels (Y, X) to the same places (2, Y, X)."""

    def __init__(self, known: NDArray[np.bool_], places: Floats) -> None:
        self.known, self.places = known, places
        share = sample(known[None].astype(np.float32), places, cv2.BORDER_CONSTANT)[0]
        self.share = np.where(share >= 0.5, share, np.float32(np.nan))

    def carry(self, field: Floats) -> Floats:
        """The field read at the places, linear between known pixels; NaN where these weigh less than half."""
        whole = field if self.known.all() else np.where(self.known, field, np.float32(0))
        return np.asarray(sample(whole[None], self.places, cv2.BORDER_CONSTANT)[0] / self.share, np.float32)


def carried(rain: Rain, places: Floats) -> Rain:
    """The frame (Y, X) read at places (2, Y, X), linear in mm/h between observed pixels.

    NaN where these weigh less than half.
    """
    return Carrier(np.isfinite(rain), places).carry(rain)


def blurred(layer: Floats, width: float) -> Floats:
    """A layer (Y, X) under a Gaussian of a width in pixels, mirrored at the edges."""
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), width), np.float32)


def sample(layers: Floats, places: Floats, border: int) -> Floats:
    """Layers (N, Y, X) read at places (2, Y, X), x then y in pixels, linear in between; outside is as `border` says."""
    read = [cv2.remap(layer, places[0], places[1], cv2.INTER_LINEAR, borderMode=border) for layer in layers]
    return np.asarray(read, np.float32)
