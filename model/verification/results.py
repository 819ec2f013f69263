"""What a verification run found: the sums behind every score by data, method and block of windows, kept as JSON."""

import json
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

from model.evaluate import Protocol
from radar.errors import BadInput
from radar.scoresheet import RULES, Scoresheet

MAX_BYTES = 2**28
"""The largest report that is read."""
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
"""What `of` raises, and the JSON before it."""


class Key(NamedTuple):
    """Which windows a sheet is of: kind of data, method, and the block they lie in."""

    data: str
    method: str
    block: str


class Window(NamedTuple):
    """A window that can be found again: its event, how wet its last known frame is, and the time of that frame."""

    wet: float
    event: str
    time: str


Sheets = dict[Key, Scoresheet]


@dataclass(frozen=True)
class Results:
    """Scoresheets of methods on the same windows; results of other events under the same protocol merge by `+`.

    versions: of each method, in the order they are shown.
    sheets: of the forecasts. known: of the frames of the past that `networks` foresaw, each from those before it.
    trained: the events of the protocol that a method was trained on, where there are any.
    failed: a sentence for each window that was left out for all methods because one of them failed.
    wettest: the window with most rain, to be drawn.
    """

    protocol: Protocol
    versions: dict[str, str]
    sheets: Sheets
    known: Sheets
    networks: frozenset[str] = frozenset()
    trained: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    wettest: Window | None = None

    def __add__(self, other: "Results") -> "Results":
        if self.setting != other.setting:
            raise ValueError("Results of other protocols or other methods do not merge.")
        wettest = max((found.wettest for found in (self, other) if found.wettest), default=None)
        return replace(
            self,
            sheets=merged(self.sheets, other.sheets),
            known=merged(self.known, other.known),
            failed=self.failed + other.failed,
            wettest=wettest,
        )

    @property
    def setting(self) -> tuple[object, ...]:
        """What must be equal for results to be merged."""
        return self.protocol, self.versions, self.networks, self.trained

    @property
    def data(self) -> list[str]:
        """The kinds of data there are."""
        return sorted({key.data for key in self.sheets})

    @property
    def ids(self) -> dict[str, str]:
        """The protocol id of each family of scores."""
        return {family: family_id(self.protocol, family) for family in RULES}

    def blocks(self, data: str, method: str) -> list[Scoresheet]:
        """The sheets of a method by block, in the same order for all methods."""
        keys = sorted(key for key in self.sheets if (key.data, key.method) == (data, method))
        return [self.sheets[key] for key in keys]

    def total(self, data: str, method: str) -> Scoresheet:
        """All windows of a method."""
        return reduce(add, self.blocks(data, method))

    def known_total(self, data: str, method: str) -> Scoresheet | None:
        """All foreseen frames of the past, or None where they were not asked for."""
        sheets = [sheet for key, sheet in self.known.items() if (key.data, key.method) == (data, method)]
        return reduce(add, sheets) if sheets else None

    def as_json(self) -> dict[str, Any]:
        """All of it in plain lists and names."""
        return {
            "protocol": asdict(self.protocol),
            "ids": self.ids,
            "versions": self.versions,
            "networks": sorted(self.networks),
            "trained": {name: list(events) for name, events in self.trained.items()},
            "failed": list(self.failed),
            "wettest": self.wettest,
            "sheets": listed(self.sheets),
            "known": listed(self.known),
        }


def family_id(protocol: Protocol, family: str) -> str:
    """The protocol id of a family of scores: its own rules count too."""
    return protocol.id_with(RULES[family])


def merged(one: Sheets, two: Sheets) -> Sheets:
    """The sheets of both, added where both have one."""
    return {**one, **{key: one[key] + sheet if key in one else sheet for key, sheet in two.items()}}


def listed(sheets: Sheets) -> list[dict[str, Any]]:
    """Sheets as JSON, sorted."""
    return [{**key._asdict(), **sheets[key].as_json()} for key in sorted(sheets)]


def unlisted(entries: list[dict[str, Any]]) -> Sheets:
    """The inverse of `listed`."""
    return {Key(*(str(entry[name]) for name in Key._fields)): Scoresheet.of(entry) for entry in entries}


def read(path: Path) -> Results:
    """Results as they were written; BadInput, naming the file, for anything else or for rules of another version."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path} is larger than {MAX_BYTES} bytes: no report of nowcast evaluate.")
        found = json.loads(path.read_bytes())
        if "sheets" not in found and "data" in found["protocol"]:
            raise BadInput(f"{path} is of a data set that is no rain; --compare takes reports of rain.")
        results = of(found)
    except UNREADABLE as error:
        raise BadInput(f"{path} is no report of nowcast evaluate.") from error
    if found["ids"] != results.ids:
        raise BadInput(f"{path} was scored by the rules of another version of nowcast; evaluate again.")
    return results


def of(found: dict[str, Any]) -> Results:
    """The inverse of `as_json`; one of UNREADABLE for what does not fit together."""
    wettest = found["wettest"]
    results = Results(
        protocol_of(found["protocol"]),
        {str(name): str(version) for name, version in found["versions"].items()},
        unlisted(found["sheets"]),
        unlisted(found["known"]),
        frozenset(str(name) for name in found["networks"]),
        {str(name): tuple(map(str, events)) for name, events in found["trained"].items()},
        tuple(str(sentence) for sentence in found["failed"]),
        None if wettest is None else Window(float(wettest[0]), str(wettest[1]), str(wettest[2])),
    )
    check(results)
    return results


def protocol_of(found: dict[str, Any]) -> Protocol:
    """A protocol as JSON holds it, with its types checked."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    protocol = Protocol(**values)
    for name, usual in asdict(Protocol(())).items():
        kind = int | float if name == "cadence_minutes" else type(usual)
        if not isinstance(values[name], kind):
            raise ValueError(f"The protocol's {name} is {values[name]!r}.")
    return protocol


def check(results: Results) -> None:
    """ValueError where sheets are not of the leads, thresholds and methods that the results say."""
    protocol, thresholds = results.protocol, len(results.protocol.thresholds)
    for sheets, leads in ((results.sheets, protocol.leads), (results.known, protocol.past - 1)):
        shapes = {tuple(str(sheet.family(family).shapes) for family in RULES) for sheet in sheets.values()}
        if len(shapes) > 1 or any(sheet.counts.hits.shape != (leads, thresholds) for sheet in sheets.values()):
            raise ValueError("The sheets are of other leads or thresholds than the protocol.")
    blocks = {
        name: {(key.data, key.block) for key in results.sheets if key.method == name} for name in results.versions
    }
    if len({frozenset(found) for found in blocks.values()}) > 1 or {key.method for key in results.sheets} - set(blocks):
        raise ValueError("The methods have no sheets of the same windows.")


def beside(one: Results, two: Results) -> Results:
    """Both in one chart; BadInput where they were not scored alike, on the same windows.

    Of a method that both have in the same version the first counts; of other versions both do, named by them.
    """
    if one.protocol != two.protocol:
        said = f"protocol {one.protocol.id} and {two.protocol.id} differ in {apart(one.protocol, two.protocol)}"
        raise BadInput(f"These cannot be compared: {said}.")
    if windows(one) != windows(two):
        raise BadInput("These cannot be compared: they rest on other windows, as methods failed on other ones.")
    renamed = {
        name: f"{name} {version}" if one.versions.get(name, version) != version else name
        for name, version in two.versions.items()
    }
    names = {renamed[name]: version for name, version in two.versions.items()}
    return replace(
        one,
        versions={**one.versions, **names},
        sheets={**rename(two.sheets, renamed), **one.sheets},
        known={**rename(two.known, renamed), **one.known},
        networks=one.networks | {renamed[name] for name in two.networks},
        trained={**{renamed[name]: events for name, events in two.trained.items()}, **one.trained},
    )


def apart(one: Protocol, two: Protocol) -> str:
    """The names of what differs."""
    first, second = asdict(one), asdict(two)
    return ", ".join(name for name in first if first[name] != second[name])


def windows(results: Results) -> dict[tuple[str, str], int]:
    """How many windows each block of each kind of data has."""
    return {(key.data, key.block): sheet.windows for key, sheet in results.sheets.items()}


def rename(sheets: Sheets, names: dict[str, str]) -> Sheets:
    """Sheets with other names of their methods."""
    return {key._replace(method=names[key.method]): sheet for key, sheet in sheets.items()}
