"""Results of single events on disk, so that an evaluation that was stopped goes on where it was."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from model.checkpoint import put
from model.verification.results import UNREADABLE, Results, of
from model.verification.run import Plan

FOLDER = "parts"


def keep(folder: Path, event: str, found: Sequence[Results]) -> None:
    """Write the results of an event, one for each protocol."""
    path = place(folder, event)
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, json.dumps([results.as_json() for results in found], allow_nan=False).encode())


def kept(folder: Path, event: str, plan: Plan) -> list[Results] | None:
    """The results of an event as they were kept; None when there are none, or other ones than the plan would give."""
    try:
        entries = json.loads(place(folder, event).read_bytes())
        found = [of(entry) for entry in entries]
    except (OSError, *UNREADABLE):
        return None
    wanted = [(nothing.setting, nothing.ids) for nothing in plan.nothing()]
    there = [(one.setting, entry["ids"]) for one, entry in zip(found, entries, strict=True)]
    return found if there == wanted else None


def clear(folder: Path) -> None:
    """Forget them all: the report is written, and the next one may be of other data."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def place(folder: Path, event: str) -> Path:
    """Where the results of an event are kept."""
    return folder / FOLDER / f"{event}.json"
