"""HTTP, a directory index: the page that Apache, nginx and their like make of a folder."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from workers.sources.contract import Entry
from workers.sources.listing import Listing, file_at
from workers.sources.options import options

LINK = re.compile(r"""<a\s[^<>]{0,500}?href\s*=\s*["']([^"'<>]{1,1000})["'][^<>]{0,500}>""", re.IGNORECASE)
CLOSE = re.compile("</a>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
BESIDE = 1000
"""Characters behind a link in which its text, date and size stand."""


@dataclass(frozen=True)
class Index(Listing):
    """The links of a page whose names tell a time."""

    def __post_init__(self) -> None:
        options(self.spec)

    def listed(self, place: str, start: datetime, until: datetime) -> Iterator[Entry]:
        """The files that a page links to, with what stands beside each link for a mark."""
        url, page = self.page(place)
        for href, beside in links(page.decode("utf-8", "replace")):
            where, name = file_at(url, href) or ("", "")
            time = self.naming.time(name)
            if time:
                yield Entry(name, where, time, beside or None)


def links(page: str) -> Iterator[tuple[str, str]]:
    """Every link of a page with what stands between its end and the next link, where that has a number in it."""
    for link, following in pairwise([*LINK.finditer(page), None]):
        if link:
            end = min(link.end() + BESIDE, following.start() if following else len(page))
            behind = CLOSE.split(page[link.end() : end], maxsplit=1)[1:]
            text = " ".join(html.unescape(TAG.sub(" ", "".join(behind))).split())
            yield html.unescape(link[1]), text if any(letter.isdigit() for letter in text) else ""
