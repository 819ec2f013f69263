"""Events whose rain is a bar that moves a column a frame, and methods whose scores on them are fractions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from model.evaluate import Forecast, Protocol, cases
from model.verification.results import Results
from model.verification.run import Plan, verify
from radar.errors import OutsideCard
from radar.frames import Frames
from radar.nowcast import future_times
from radar.persistence import persistence
from tests.model.samples import bar, event_file

ROWS, COLUMNS, LONG = 5, 40, 8
PROTOCOL = Protocol(("bar",), past=2, leads=4, thresholds=(1.0, 2.0), every=3)
SILENT_COLUMNS = 4


def barred(folder: Path, count: int = 12, name: str = "bar", **fields: Any) -> Path:
    """An event file."""
    return event_file(folder / f"{name}.nc", bar(count, (ROWS, COLUMNS), LONG), **fields)


def truth(past: Frames, horizon: int) -> Frames:
    """Knows that the bar moves on."""
    rain = np.stack([np.roll(past.rain[-1], lead, 1) for lead in range(1, horizon + 1)])
    return Frames(rain, future_times(past, horizon), past.grid)


def shy(past: Frames, horizon: int) -> Frames:
    """Knows the truth but says nothing of the first columns."""
    rain = truth(past, horizon).rain.copy()
    rain[:, :, :SILENT_COLUMNS] = np.nan
    return Frames(rain, future_times(past, horizon), past.grid)


def moody(past: Frames, horizon: int) -> Frames:
    """Fails when the bar has come to column 5."""
    if past.rain[-1, 0, :5].max() == 0:
        raise OutsideCard("not today.")
    return truth(past, horizon)


METHODS: dict[str, Forecast] = {"truth": truth, "persistence": persistence}


def plan(*protocols: Protocol, **methods: Forecast) -> Plan:
    """A plan for methods, or for METHODS."""
    used = methods or METHODS
    return Plan(used, dict.fromkeys(used, "1"), protocols or [PROTOCOL])


def verified(path: Path, wanted: Plan, step: Callable[[], None] = lambda: None) -> list[Results]:
    """What came out for an event file."""
    return verify(cases(path, wanted.protocols[0]), wanted, step)


def results(folder: Path, count: int = 12, **methods: Forecast) -> Results:
    """What came out for an event."""
    (found,) = verified(barred(folder, count), plan(**methods))
    return found
