"""The one table of sources: a new kind is a file beside this one, a line in SOURCES, and its name in jobs.source."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from jobs.source import Kind, SourceSpec
from workers.sources.addresses import Resolve, resolve
from workers.sources.clock import Clock
from workers.sources.contract import Memory, Shelf, Source
from workers.sources.fetch import Fetcher
from workers.sources.folder import Folder
from workers.sources.index import Index
from workers.sources.manifest import Manifest
from workers.sources.naming import Naming
from workers.sources.picking import Picker
from workers.sources.s3 import Bucket
from workers.sources.stac import Stac
from workers.sources.web import Means

SOURCES: dict[Kind, Callable[[SourceSpec, Means], Shelf]] = {
    "folder": Folder.of,
    "clock": Clock.of,
    "index": Index.of,
    "s3": Bucket.of,
    "manifest": Manifest.of,
    "stac": Stac.of,
}


def open_source(
    spec: SourceSpec,
    cadence: timedelta,
    memory: Memory,
    *,
    offset: timedelta = timedelta(0),
    hosts: Iterable[str] = (),
    resolver: Resolve = resolve,
) -> Source:
    """The source of a spec; BadInput when the spec cannot be meant. Its backup is a source of its own.

    cadence, offset: the region's frames are at its multiples, so much after midnight UTC; hosts: those that may be
    reached although they are not on the open Internet.
    """
    Naming(spec.location)
    means = Means(cadence, offset, memory, lambda: Fetcher(spec, hosts, resolver))
    return Picker(spec, SOURCES[spec.kind](spec, means), memory)
