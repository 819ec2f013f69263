"""Regions as an operator declares them: a TOML file, valid as a whole or refused with a sentence per fault."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jobs.faults import told
from jobs.region import Region
from jobs.regions import MOST
from radar.errors import BadInput

MAX_BYTES = 2**20


def read(path: Path) -> list[Region]:
    """The regions of a file; BadInput whose lines are its faults."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise BadInput(f"{path} is too long; a file of regions has at most {MAX_BYTES} bytes.")
    try:
        return declared(tomllib.loads(data.decode()))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is no text in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is no TOML: {error}.") from error
    except RecursionError as error:
        raise BadInput(f"{path} has lists within lists without end.") from error
    except Faults as faults:
        raise BadInput("\n".join(f"{path}: {fault}" for fault in faults.args)) from faults


class Faults(Exception):
    """All that is wrong with a file; never leaves this module."""


def declared(content: dict[str, Any]) -> list[Region]:
    """The regions of the tables `[region.ID]`."""
    faults = [f"There is no {name!r} at the top; each region is a table [region.ID]." for name in content]
    faults = [fault for name, fault in zip(content, faults, strict=True) if name != "region"]
    tables = content.get("region", {})
    if not isinstance(tables, dict) or len(tables) > MOST:
        raise Faults(*faults, f"region holds 1 to {MOST} tables [region.ID].")
    regions: list[Region] = []
    for name, table in tables.items():
        try:
            regions.append(Region.model_validate({**table, "id": name} if isinstance(table, dict) else table))
        except ValidationError as error:
            faults += [sentence(name, fault) for fault in error.errors()]
    if faults:
        raise Faults(*faults)
    return regions


def sentence(name: str, fault: Any) -> str:
    """One fault as pydantic tells it, in a sentence that says where."""
    place = ".".join(["region", name, *map(str, fault["loc"])])
    return f"{place}: {told(fault['msg'])}."
