"""Windows of rain: wet ones preferred, cropped, turned, and held still where the network moves with the rain."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.data.crop import Chance, middle, place, turn, turned
from model.data.event import Event, Seen, seen
from model.data.runs import Places, spaced, span
from model.data.window import Dataset, Options, Window
from model.moving import Moving
from radar.errors import BadInput
from radar.frames import minutes
from radar.rain import from_byte, to_byte
from radar.windows import WET

DRY_SHARE = 0.02
"""Added to a window's wetness, so that dry ones are seen too."""


class Lots:
    """Numbers drawn with a chance in proportion to their weight."""

    def __init__(self, numbers: NDArray[np.intp], weights: NDArray[np.floating]) -> None:
        self.numbers, self.upto = numbers, np.cumsum(weights)

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return float(self.upto[-1])

    def draw(self, chance: Chance) -> int:
        """One of the numbers."""
        at = np.searchsorted(self.upto, chance.random() * self.total, "right")
        return int(self.numbers[min(int(at), len(self.numbers) - 1)])


class RainWindows(Dataset):
    """Windows of events, (T, 1, Y, X) in the HKO-7 encoding.

    In the fixed order: event by event, every so many frames, whole and as they are. At random: an event is drawn with
    a chance that grows with the root of its wetness summed over windows, so that one long event does not crowd out the
    short ones; a window in it by its wetness; of two crops the wetter is kept. With `moving`, all frames are carried
    along the motion of the past to where their rain is now; a margin around the crop feeds it where there is one.
    """

    def __init__(self, events: Sequence[Event], options: Options) -> None:
        super().__init__(options)
        self.events = fitting(events, options)
        self.shapes = {event.shape for event in self.events}
        self.starts = [event.starts(options.length, options.multiple) for event in self.events]
        self.order = [
            (event, start)
            for event, starts in zip(self.events, self.starts, strict=True)
            for start in spaced(starts, options.every)
        ]

    @cached_property
    def lots(self) -> tuple[Lots, list[Lots]]:
        """Which event, and which window of each: made when they are first wanted, as every frame must be looked at."""
        windows = [
            Lots(starts, self._wanted(event, starts)) for event, starts in zip(self.events, self.starts, strict=True)
        ]
        return Lots(np.arange(len(windows)), np.sqrt([lots.total for lots in windows])), windows

    def _wanted(self, event: Event, starts: Places) -> NDArray[np.floating]:
        """The weight of each window: its mean wetness and a little."""
        wetness = np.concatenate([[0], np.cumsum(event.wetness())])
        length = span(self.options.length, self.options.multiple)
        return np.asarray((wetness[starts + length] - wetness[starts]) / length + DRY_SHARE)

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, at: int) -> Window:
        event, start = self.order[at]
        return self._window(event, start, event.read(self._frames(start)))

    def event(self, at: int) -> str:
        event, start = self.order[at]
        return event.origin(start)

    def draw(self, number: int) -> Window:
        """The random window of this number, (T, 1, crop, crop), or whole frames for a crop of 0.

        BadInput when those would differ in size.
        """
        if not self.options.crop and len(self.shapes) > 1:
            raise BadInput("The events differ in size, so that whole frames make no batch; give the side of a crop.")
        chance = np.random.default_rng((self.options.seed, number))
        events, windows = self.lots
        at = events.draw(chance)
        event, start = self.events[at], windows[at].draw(chance)
        cut = max((self._cut(event, start, chance) for _ in range(2)), key=wet_count)
        if self.options.moving:
            cut = held_still(cut, self.options.past)
        turns = turn(chance, cut.pixels.shape) if self.options.flips else (0, False)
        parts = (turned(middle(part, self.options.crop), *turns) for part in cut)
        return self._window(event, start, Seen(*parts))

    def _cut(self, event: Event, start: int, chance: Chance) -> Seen:
        """A crop, with a margin of half its side all around where it is to be held still."""
        side = self.options.crop * (2 if self.options.moving else 1)
        return event.read(self._frames(start), *place(chance, event.shape, side))

    def _frames(self, start: int) -> range:
        """The frames of the window that begins there."""
        step = self.options.multiple
        return range(start, start + self.options.length * step, step)

    def _window(self, event: Event, start: int, cut: Seen) -> Window:
        past = self.options.past
        pixels = (cut.pixels[:, None] / 255).astype(np.float32)
        times = tuple(event.times[frame] for frame in self._frames(start))
        return Window(pixels[:past], pixels[past:], cut.observed[:, None], times, event.origin(start))


def fitting(events: Sequence[Event], options: Options) -> list[Event]:
    """The events that windows can be cut from; BadInput when there is none, or they have several cadences."""
    length, crop = options.length, options.crop
    found = [event for event in events if fits(event, length, crop, options.multiple)]
    if not found:
        raise BadInput(f"No event has {length} frames in a row of at least {crop} x {crop} pixels.")
    if len(steps := {event.cadence: event.name for event in found}) > 1:
        said = " and ".join(f"{minutes(step)} ({name})" for step, name in sorted(steps.items()))
        raise BadInput(f"Frames are {said} minutes apart: a network learns one step of time, so leave some out.")
    return found


def fits(event: Event, length: int, crop: int, multiple: int = 1) -> bool:
    """True when an event is wide enough for a crop and has `length` frames in a row somewhere."""
    return min(event.shape) >= max(crop, 1) and len(event.starts(length, multiple)) > 0


def wet_count(cut: Seen) -> int:
    """How many pixels are wet."""
    return int((cut.pixels >= to_byte(WET)).sum())


def held_still(cut: Seen, known: int) -> Seen:
    """Frames as they look to who moves with their rain, as found in the `known` first of them."""
    rain = np.where(cut.observed, from_byte(cut.pixels), np.float32(np.nan))
    view = Moving.along(rain[:known])
    return seen(np.concatenate([view.enter(rain[:known]), view.enter_future(rain[known:])]))
