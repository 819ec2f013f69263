"""Runs a network on Frames: every inference trick lives here, none in the model."""

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.matching import match
from model.moving import Moving, Still
from model.nowcaster import Nowcaster
from model.zoo import Network
from radar.card import Card
from radar.errors import NowcastError
from radar.frames import Frames, Rain
from radar.nowcast import future_times
from radar.rain import decode, encode

DRIZZLE = 0.05
"""mm/h below which a forecast is no rain: less than a radar measures, and what a network says of dry ground."""


class EngineFailed(NowcastError):
    """The network gave something that is no rain; the caller's frames are not to blame."""


class Engine:
    """A network with its card on a device. `forecast` maps Frames to Frames."""

    def __init__(self, network: Nowcaster, card: Card, device: str = "cpu") -> None:
        self.card = card
        self.device = torch.device(device)
        self.network = network.eval().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        about = Network.of(card.network or {})
        self.moving, self.matched = about.moving, about.matched
        self.max_batch = 1

    def forecast(self, past: Sequence[Frames], horizon: int) -> list[Frames]:
        """The next `horizon` frames after each past; all of one padded shape and number of frames (see `shape`).

        Pixels never observed in a past stay NaN; an all-dry past gives an all-dry forecast without the network.
        Raises EngineFailed when the output is not finite.
        """
        used = [north_up(frames.last(self.card.max_frames)) for frames in past]
        wet = [frames for frames in used if not frames.dry]
        rains = iter(self._run(wet, horizon)) if wet else iter(())
        said = [answer(frames, zeros(frames, horizon) if frames.dry else next(rains), horizon) for frames in used]
        return [as_given(forecast, frames) for forecast, frames in zip(said, past, strict=True)]

    def shape(self, frames: Frames) -> tuple[int, int, int]:
        """(frames, padded height, padded width): what may run in one batch."""
        stride = self.network.stride
        height, width = (-side % stride + side for side in frames.grid.shape)
        return min(len(frames), self.card.max_frames), height, width

    def _run(self, past: Sequence[Frames], horizon: int) -> list[Rain]:
        shape = self.shape(past[0])
        views = [Moving.along(frames.rain) if self.moving else Still() for frames in past]
        seen = [view.enter(latest(frames.rain)) for view, frames in zip(views, past, strict=True)]
        pixels = np.stack([padded(pixels_of(rain), shape) for rain in seen])[:, :, None]
        with torch.inference_mode():
            leads = self._leads(torch.from_numpy(pixels).to(self.device), horizon)
        if not all(np.isfinite(lead).all() for lead in leads):  # pixels: as rain, infinity is clipped to a cloudburst
            raise EngineFailed(f"{self.card.method} gave a forecast that is not finite.")
        said = [self._rain([lead[at] for lead in leads], rain[-1]) for at, rain in enumerate(seen)]
        return [view.leave(rain) for view, rain in zip(views, said, strict=True)]

    def _rain(self, leads: Sequence[NDArray[np.float32]], now: Rain) -> Rain:
        """Rain (horizon, Y, X) in mm/h of one sample's padded pixels; `now` is the last frame it was made from."""
        height, width = now.shape
        cropped = [lead[:height, :width] for lead in leads]
        return np.stack([match(pixels, now) if self.matched else rain_of(pixels) for pixels in cropped])

    def _leads(self, pixels: Tensor, horizon: int) -> list[NDArray[np.float32]]:
        """Pixels (B, T, 1, Y, X) to `horizon` arrays (B, Y, X)."""
        known = pixels.shape[1]
        predictions = self.network.steps(pixels, horizon)
        return [frame[:, 0].float().cpu().numpy() for step, frame in enumerate(predictions) if step >= known - 1]

    def warm_up(self, limit: int = 16) -> None:
        """Run once, and on a device with its own memory find the largest batch that still pays.

        On a CPU a batch takes as long as its samples one by one (docs/decisions/0004), so they run one by one and
        a result does not depend on its batch mates to the last bit.
        """
        self._seconds(1)
        if self.device.type == "cpu":
            return
        paying = self._seconds(1)
        while self.max_batch < limit and (each := self._seconds(2 * self.max_batch)) < 0.9 * paying:
            self.max_batch, paying = 2 * self.max_batch, each

    def _seconds(self, batch: int) -> float:
        """Seconds per sample of a small rollout."""
        side = 4 * self.network.stride
        pixels = torch.rand(batch, self.card.min_frames, 1, side, side, device=self.device)
        began = time.perf_counter()
        with torch.inference_mode():
            self._leads(pixels, 2)
        return (time.perf_counter() - began) / batch


def latest(rain: Rain) -> Rain:
    """(T, Y, X) where a pixel that was not observed has what was last seen there, or else what was first seen.

    Not dry: a radar that has just gone silent does not end the rain. What was never seen stays NaN.
    """
    filled = rain.copy()
    for before, frame in pairwise(filled):
        np.copyto(frame, before, where=np.isnan(frame))
    for after, frame in pairwise(filled[::-1]):
        np.copyto(frame, after, where=np.isnan(frame))
    return filled


def pixels_of(rain: Rain) -> NDArray[np.float32]:
    """(T, Y, X) network pixels in [0, 1]; what was never observed is as if dry."""
    return np.nan_to_num(encode(rain)).astype(np.float32)


def rain_of(pixels: NDArray[np.float32]) -> Rain:
    """Rain rate in mm/h of network pixels, drizzle dropped."""
    rain = decode(pixels)
    return np.where(rain < DRIZZLE, 0, rain).astype(np.float32)


def padded(pixels: NDArray[np.float32], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """(T, Y, X) mirrored at the lower and right edge up to the shape."""
    return np.pad(pixels, [(0, wanted - side) for side, wanted in zip(pixels.shape, shape, strict=True)], "reflect")


def north_up(frames: Frames) -> Frames:
    """The frames with row 0 in the north, as networks were trained: equal weather gives an equal forecast."""
    a, b, c, d, e, f = frames.grid.transform
    if e <= 0:
        return frames
    height = frames.grid.height
    grid = replace(frames.grid, transform=(a, -b, c + b * height, d, -e, f + e * height))
    return replace(frames, rain=frames.rain[:, ::-1], grid=grid)


def as_given(forecast: Frames, past: Frames) -> Frames:
    """A forecast with its rows in the order of the past it was made from."""
    turned = forecast.grid.transform != past.grid.transform
    return replace(forecast, rain=forecast.rain[:, ::-1] if turned else forecast.rain, grid=past.grid)


def zeros(frames: Frames, horizon: int) -> Rain:
    """A dry forecast."""
    return np.zeros((horizon, *frames.grid.shape), np.float32)


def answer(past: Frames, rain: Rain, horizon: int) -> Frames:
    """A forecast as Frames, NaN where no input frame ever saw anything."""
    seen = past.observed.any(axis=0)
    rain = np.where(seen, rain, np.float32(np.nan))
    return replace(past, rain=rain, times=future_times(past, horizon), interpolated=())
