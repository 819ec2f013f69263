"""What a verification run goes through: events of rain by name, and the windows of each, read when they are wanted."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from model.data.radar import clock, event_files, opened
from model.data.table import kind_of
from model.data.window import Options
from model.evaluate import Case, Protocol, cases
from radar.errors import BadInput

Events = dict[str, Callable[[], Iterator[Case]]]


@dataclass(frozen=True)
class Asked:
    """What somebody wants scored; what is empty or 0 is the data set's own, and all of its events."""

    events: tuple[str, ...] = ()
    past: int = 0
    leads: int = 0
    every: int = 0
    thresholds: tuple[float, ...] = ()

    def options(self, data: str) -> Options:
        """The windows of a data set."""
        own = kind_of(data)
        return Options(past=self.past or own.past, future=self.leads or own.future, every=self.every or own.every)

    def chosen(self, there: Iterable[str], folder: Path) -> tuple[str, ...]:
        """Those events that are wanted, in the order they are there; BadInput names one that is not."""
        names = tuple(there)
        if missing := set(self.events) - set(names):
            raise BadInput(f"These events are not in {folder}: {', '.join(sorted(missing))}.")
        return tuple(name for name in names if not self.events or name in self.events)


def radar(folder: Path, asked: Asked) -> tuple[Protocol, Events]:
    """The event files below a folder, all of the cadence of the first."""
    files = event_files(folder)
    names = Counter(path.stem for path in files)
    if twice := [name for name in names if names[name] > 1]:
        raise BadInput(f"Two events in {folder} are called {twice[0]}; results are kept by their names.")
    paths = {path.stem: path for path in files}
    wanted, windows = asked.chosen(paths, folder), asked.options("radar")
    usual = Protocol(())
    protocol = Protocol(
        wanted,
        windows.past,
        windows.future,
        cadence_of(paths[wanted[0]]),
        asked.thresholds or usual.thresholds,
        windows.every,
    )
    return protocol, {name: partial(cases, paths[name], protocol) for name in wanted}


def cadence_of(path: Path) -> float:
    """Minutes from one frame of an event to the next."""
    with opened(path) as dataset:
        return clock(dataset)[1] / timedelta(minutes=1)
