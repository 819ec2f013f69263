"""A manifest: a JSON document that lists files; where each lies may have to be asked for in a second step."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote

from jobs.source import SourceSpec
from workers.sources.contract import Copy, Entry, Validators
from workers.sources.errors import SourceFailed
from workers.sources.fetch import shown
from workers.sources.listing import Listing, at, file_at, told
from workers.sources.naming import Naming
from workers.sources.options import text
from workers.sources.web import Means


@dataclass(frozen=True)
class Manifest(Listing):
    """How its documents look, as the options say.

    items: the path of the list, as in "radar.past"; url, time, mark: the fields of an item that hold them (an item
    that is a word is its own URL); link, link_field: a URL in which {name} stands for what `url` holds, and the field
    of the document there that holds the URL of the file.
    """

    said: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: SourceSpec, means: Means) -> Self:
        """BadInput for an option that there is not."""
        said = text(spec, items="", url="url", time="time", mark="", link="", link_field="url")
        return cls(spec, means.fetcher(), Naming(spec.name), said)

    def listed(self, place: str, start: datetime, until: datetime) -> Iterator[Entry]:
        """Every item that tells its time, by its name or, without a pattern, in a field."""
        base, document = self.document(place)
        items = at(document, self.said["items"])
        if not isinstance(items, list):
            raise SourceFailed(f"{shown(base)} has no list at {self.said['items']!r}.")
        return filter(None, (self._entry(base, item) for item in items))

    def read(self, entry: Entry, known: Validators) -> Copy | None:
        """The file, once its URL is known."""
        if not self.said["link"]:
            return super().read(entry, known)
        base, document = self.document(entry.where)
        href = at(document, self.said["link_field"])
        found = file_at(base, href) if isinstance(href, str) else None
        if not found:
            raise SourceFailed(f"{shown(base)} has no URL at {self.said['link_field']!r}.")
        return super().read(replace(entry, where=found[0]), known)

    def _entry(self, base: str, item: Any) -> Entry | None:
        """An item that is a file of ours."""
        href = at(item, self.said["url"]) if isinstance(item, dict) else item
        found = file_at(base, href) if isinstance(href, str) else None
        if not found:
            return None
        time = self.naming.time(found[1]) or (None if self.spec.name else told(at(item, self.said["time"])))
        where = self.said["link"].replace("{name}", quote(href)) if self.said["link"] else found[0]
        mark = at(item, self.said["mark"]) if self.said["mark"] else None
        return Entry(found[1], where, time, None if mark is None else str(mark)[:200]) if time else None
