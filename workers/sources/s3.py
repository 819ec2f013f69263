"""S3 and what speaks like it: ListObjectsV2, anonymously, over the one HTTP client.

Not through s3fs: it would bring botocore and a second HTTP stack that knows nothing of our limits and addresses, for
the one request we need.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

from radar.errors import BadInput
from workers.sources.contract import Entry
from workers.sources.errors import SourceFailed
from workers.sources.fetch import shown
from workers.sources.listing import MOST_PAGES, Listing
from workers.sources.options import options


@dataclass(frozen=True)
class Bucket(Listing):
    """s3://bucket/folder is a bucket of AWS; https://server/bucket/folder one of any other server."""

    def __post_init__(self) -> None:
        options(self.spec)
        place(self.spec.location)

    @property
    def root(self) -> str:
        """The URL of the bucket."""
        return place(self.spec.location)[0]

    @property
    def location(self) -> str:
        """The pattern of the keys' folder."""
        return place(self.spec.location)[1]

    def listed(self, place: str, start: datetime, until: datetime) -> Iterator[Entry]:
        """The keys of one folder, from the first name that may matter on."""
        earliest = self.naming.before(start)
        asked = {"list-type": "2", "prefix": place}
        further = {"start-after": place + earliest} if earliest else {}
        for _ in range(MOST_PAGES):
            tree = parsed(*self.page(f"{self.root}?{urlencode({**asked, **further})}"))
            yield from filter(None, (self._entry(element) for element in tree.iterfind("{*}Contents")))
            token = tree.findtext("{*}NextContinuationToken")
            if not token:
                return
            further = {"continuation-token": token}
        raise SourceFailed(f"{shown(self.root)} has more than {MOST_PAGES} pages of keys under {place!r}.")

    def _entry(self, element: ElementTree.Element) -> Entry | None:
        """A key as an entry, when its name tells a time."""
        key = element.findtext("{*}Key", "")
        name = key.rpartition("/")[2]
        time = self.naming.time(name)
        mark = " ".join(element.findtext(f"{{*}}{tag}", "") for tag in ("ETag", "LastModified", "Size"))
        return Entry(name, self.root + quote(key), time, mark.strip() or None) if time else None


def place(location: str) -> tuple[str, str]:
    """The URL of a bucket, with a slash at its end, and the prefix that a location names in it."""
    parts = urlsplit(location)
    path = parts.path.lstrip("/")
    if parts.scheme == "s3":
        return f"https://{parts.netloc}.s3.amazonaws.com/", path
    bucket, _, prefix = path.partition("/")
    if not bucket:
        raise BadInput(f"{location} names no bucket; it stands behind the name of the server.")
    return f"{parts.scheme}://{parts.netloc}/{bucket}/", prefix


def parsed(url: str, page: bytes) -> ElementTree.Element:
    """The XML of a listing; declarations, in which bombs are built, are refused unread."""
    try:
        text = page.decode("utf-8")
        if "<!" in text:
            raise ValueError("a declaration")
        return ElementTree.fromstring(text)
    except (ValueError, ElementTree.ParseError) as error:
        raise SourceFailed(f"{shown(url)} is no listing of a bucket.") from error
