"""What the sources share that list their files on the web: pages, JSON documents, and what these tell of a file."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import unquote, urljoin, urlsplit

from workers.sources.contract import Entry
from workers.sources.errors import NotThere, SourceFailed
from workers.sources.fetch import GONE, shown
from workers.sources.naming import folders
from workers.sources.web import Web

LISTING_BYTES = 16 * 2**20
"""Largest page that lists files."""
MOST_PAGES = 10
"""Pages of one listing, after which it is refused: the newest files may well stand on those that follow."""


@dataclass(frozen=True)
class Listing(Web):
    """A shelf that says what is on it, in one place or in one per day (or hour) when the location has that in it."""

    # Some list a file before it can be had, and object stores say 403 of what they don't have.
    gone: ClassVar[frozenset[int]] = GONE | {403}

    @property
    def location(self) -> str:
        """The pattern of the places that list files."""
        return self.spec.location

    def listed(self, place: str, start: datetime, until: datetime) -> Iterable[Entry]:
        """The files that one place lists; each kind knows how."""
        raise NotImplementedError

    def entries(self, start: datetime, until: datetime) -> list[Entry]:
        """Every listed file that tells its time."""
        found: list[Entry] = []
        missing: list[NotThere] = []
        places = folders(self.location, start, until)
        for place in places:
            try:
                found += self.listed(place, start, until)
            except NotThere as error:  # the place of a day that has just begun
                missing.append(error)
        if len(missing) == len(places):
            raise missing[0]
        return found

    def page(self, url: str) -> tuple[str, bytes]:
        """A page, and the URL it really has."""
        answer = self.fetch.get(url, max_bytes=LISTING_BYTES)
        return answer.url, answer.data or b""

    def document(self, url: str) -> tuple[str, Any]:
        """A JSON document, and the URL it really has."""
        url, page = self.page(url)
        try:
            return url, json.loads(page)
        except (ValueError, RecursionError) as error:
            raise SourceFailed(f"{shown(url)} is not JSON.") from error


def file_at(base: str, href: str) -> tuple[str, str] | None:
    """URL and name of a file that a document at `base` links to; None when the link is none."""
    try:
        where = urljoin(base, href)
        return where, unquote(urlsplit(where).path.rpartition("/")[2])
    except ValueError:
        return None


def told(value: object) -> datetime | None:
    """A time as JSON documents tell it: ISO 8601 with its zone, or seconds since 1970."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.astimezone(UTC) if time and time.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def at(document: Any, path: str) -> Any:
    """What lies at a path of fields, as in "radar.past"; None where it leads nowhere."""
    for part in filter(None, path.split(".")):
        document = document.get(part) if isinstance(document, dict) else None
    return document
