"""Runs networks on data sets that are no rain (Moving MNIST, KTH, TaxiBJ) and gathers the sums of every step."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data.table import kind_of, open_dataset
from model.data.window import Dataset, Window
from model.rollouts import step_sums
from model.verification.events import Asked
from radar.errors import BadInput
from radar.pictures import RULES, Pictures
from radar.scores import protocol_id

Says = Callable[[Window], NDArray[np.float32]]
"""What a method says after every frame of a window: (T of both - 1, C, Y, X)."""


@dataclass(frozen=True)
class PictureProtocol:
    """Everything that changes a score; reach: how far 1 is from 0 in the data's own unit."""

    data: str
    events: tuple[str, ...]
    windows: int
    past: int
    leads: int
    every: int
    reach: float
    split: str = "test"
    rules: Mapping[str, Any] = field(default_factory=lambda: RULES)

    @property
    def id(self) -> str:
        """The short hash that two scores must share to be compared."""
        return protocol_id(**asdict(self))


@dataclass(frozen=True)
class PictureResults:
    """The sums of every step by method and event; versions are of each method, in the order they are shown."""

    protocol: PictureProtocol
    versions: dict[str, str]
    sums: dict[str, dict[str, Pictures]]

    @property
    def parts(self) -> dict[str, slice]:
        """The steps of both averages: of the forecast frames alone, and the reference's over all."""
        return {"forecast frames": slice(-self.protocol.leads, None), "all in + out - 1 steps": slice(None)}

    def blocks(self, method: str, steps: slice) -> list[Pictures]:
        """The pooled sums of each event, in the same order for all methods."""
        return [self.sums[method][event].pooled(steps) for event in self.protocol.events]

    def total(self, method: str) -> Pictures:
        """All windows of a method."""
        return reduce(add, self.sums[method].values())


@dataclass(frozen=True)
class PictureSet:
    """The test windows of a data set by event, read when they are wanted."""

    windows: Dataset
    places: Mapping[str, list[int]]
    protocol: PictureProtocol

    @classmethod
    def of(cls, data: str, folder: Path, asked: Asked) -> "PictureSet":
        """Those of the events that are wanted; BadInput where there is none of a name."""
        options = asked.options(data)
        windows = open_dataset(data, folder, "test", options)
        places: dict[str, list[int]] = defaultdict(list)
        for at in range(len(windows)):
            places[windows.event(at)].append(at)
        events = asked.chosen(places, folder)
        count = sum(len(places[event]) for event in events)
        sizes = options.past, options.future, options.every
        return cls(windows, places, PictureProtocol(data, events, count, *sizes, windows.reach))

    def check(self, name: str, channels: int, stride: int) -> None:
        """Refuse (BadInput) a network that cannot see these frames."""
        data, own = self.protocol.data, kind_of(self.protocol.data).channels
        if channels != own:
            raise BadInput(f"{name} has learnt frames of {channels} channels, and those of {data} have {own}.")
        height, width = self.windows[0].past.shape[-2:]
        if height % stride or width % stride:
            raise BadInput(f"Frames are {height} x {width}, but {name} wants multiples of {stride}.")

    def scored(self, methods: Mapping[str, Says], versions: dict[str, str], step: Callable[[], None]) -> PictureResults:
        """The results of all methods on the same windows, each read once; `step` is called after it."""
        sums: dict[str, dict[str, Pictures]] = {name: {} for name in methods}
        for event in self.protocol.events:
            for at in self.places[event]:
                window = self.windows[at]
                for name, says in methods.items():
                    found = step_sums(says(window), window)
                    sums[name][event] = sums[name][event] + found if event in sums[name] else found
                step()
        return PictureResults(self.protocol, versions, sums)
