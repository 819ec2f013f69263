"""STAC: items of a collection, or one item whose assets are the files of a day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from jobs.source import SourceSpec
from radar.frames import stamp
from workers.sources.contract import Entry
from workers.sources.errors import SourceFailed
from workers.sources.fetch import shown
from workers.sources.listing import MOST_PAGES, Listing, file_at, told
from workers.sources.naming import Naming
from workers.sources.options import text
from workers.sources.web import Means

SEARCHES = ("/items", "/search")
"""How the path of a location ends that answers with many items; any other is one item."""
MARKS = ("file:checksum", "checksum:multihash", "updated", "file:size")
"""Fields of an asset that change when its bytes do; of an item it is `updated`."""


@dataclass(frozen=True)
class Stac(Listing):
    """Assets of items; asset: the key of the one that is meant, when the names of files don't tell."""

    said: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: SourceSpec, means: Means) -> Self:
        """BadInput for an option that there is not."""
        return cls(spec, means.fetcher(), Naming(spec.name), text(spec, asset=""))

    def listed(self, place: str, start: datetime, until: datetime) -> Iterator[Entry]:
        """The assets of an item, or of all items of a search, page by page."""
        url: str | None = searched(place, start, until)
        for _ in range(MOST_PAGES):
            if url is None:
                return
            url, document = self.document(url)
            features = document.get("features", [document]) if isinstance(document, dict) else None
            if not isinstance(features, list):
                raise SourceFailed(f"{shown(url)} is neither an item nor a search of a STAC.")
            for feature in features:
                yield from self._assets(url, feature)
            url = following(url, document)
        if url is not None:
            raise SourceFailed(f"{shown(place)} has more than {MOST_PAGES} pages of items; ask it for fewer at a time.")

    def _assets(self, base: str, item: Any) -> Iterator[Entry]:
        """The files of one item that tell a time: by their names or, without a pattern, by the item's."""
        properties = fields(item, "properties")
        own = None if self.spec.name else told(properties.get("datetime"))
        for key, asset in (fields(item, "assets") or fields(item, "asset")).items():
            href = asset.get("href") if isinstance(asset, dict) else None
            found = file_at(base, href) if isinstance(href, str) and self.said["asset"] in ("", key) else None
            time = self.naming.time(found[1]) or own if found else None
            if found and time:
                yield Entry(found[1], found[0], time, mark(asset, properties))


def searched(place: str, start: datetime, until: datetime) -> str:
    """A URL that asks for items of these times, when it is one that can."""
    parts = urlsplit(place)
    if not parts.path.rstrip("/").endswith(SEARCHES):
        return place
    query = {"datetime": f"{stamp(start)}/{stamp(until)}", "limit": "100", **dict(parse_qsl(parts.query))}
    return parts._replace(query=urlencode(query)).geturl()


def following(base: str, document: dict[str, Any]) -> str | None:
    """Where the next page is."""
    links = document.get("links")
    found = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    href = next((link.get("href") for link in found if link.get("rel") == "next"), None)
    there = file_at(base, href) if isinstance(href, str) else None
    return there[0] if there else None


def fields(item: Any, name: str) -> dict[str, Any]:
    """The fields under a name, none when there are none."""
    found = item.get(name) if isinstance(item, dict) else None
    return found if isinstance(found, dict) else {}


def mark(asset: dict[str, Any], properties: dict[str, Any]) -> str | None:
    """What tells whether the bytes are still the same."""
    said = [str(asset[name])[:200] for name in MARKS if name in asset]
    return " ".join(said) or (str(properties["updated"])[:200] if "updated" in properties else None)
