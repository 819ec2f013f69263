"""Which of the files on offer are wanted: new ones, late ones, and those whose bytes are no longer the ones we took."""

import json
import logging
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from heapq import nlargest

from jobs.source import SourceSpec
from radar.errors import NowcastError, TooLarge
from radar.frames import stamp
from workers.sources.contract import Entry, Fetched, Memory, Shelf, Validators
from workers.sources.errors import Busy, NotThere, SourceFailed

log = logging.getLogger(__name__)

MOST_LISTED = 1000
"""Files of a listing that are looked at, the newest ones."""
MOST_FILES = 36
"""Files asked for in one pull: after an outage the newest come first, and nobody is hammered."""
MOST_BYTES = 2**28
"""Bytes of one pull after which the rest is left for the next; they are all held at once."""
REVISITED = 3
"""Newest known files whose server is asked whether they changed, when the listing cannot tell."""
MOST_FAILURES = 2
"""Files that may fail before a pull leaves it at that."""
PATIENCE = 4
"""Timeouts that one pull may last in all."""
DAY = 86_400


@dataclass(frozen=True)
class Record:
    """What is remembered of a file that was taken."""

    mark: str | None
    etag: str | None
    modified: str | None
    digest: str

    @property
    def validators(self) -> Validators:
        """What to ask the server with."""
        return Validators(self.etag, self.modified)

    def text(self) -> str:
        """For the memory."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Picker:
    """A source: a shelf, and the memory of what was taken from it."""

    spec: SourceSpec
    shelf: Shelf
    memory: Memory

    def new_since(self, after: datetime | None, until: datetime) -> list[Fetched]:
        """As Source has it; nothing is remembered as taken here."""
        self._respect_pause()
        try:
            start = self._start(after, until)
            entries = [entry for entry in self._entries(start, until) if start < entry.time <= until]
            return self._collected(self._wanted(entries, fresh=after is None), until - self.spec.retry)
        finally:
            self.shelf.close()

    def taken(self, fetched: Fetched) -> None:
        """As Source has it."""
        self.memory.set(fetched.key, fetched.mark, DAY)

    def _entries(self, start: datetime, until: datetime) -> list[Entry]:
        """What is on offer."""
        try:
            return self.shelf.entries(start, until)
        except Busy as error:
            self._pause(error)
            raise

    @property
    def _place(self) -> str:
        """The location as it may be shown."""
        return self.spec.location.partition("?")[0]

    def _key(self, *parts: str) -> str:
        """A place in the memory that no other source uses."""
        who = sha256(json.dumps([self.spec.kind, self.spec.location, self.spec.name]).encode()).hexdigest()[:16]
        return ":".join((who, *parts))

    def _file(self, entry: Entry) -> str:
        """Where a file is remembered; not every name tells its time."""
        return self._key("file", entry.name, entry.time.isoformat() if entry.dated else "")

    def _pause(self, error: Busy) -> None:
        """Remember until when the server wants to be left alone."""
        self.memory.set(self._key("pause"), str(time.time() + error.seconds), DAY)

    def _respect_pause(self) -> None:
        """Leave a server alone that said for how long."""
        left = float(self.memory.get(self._key("pause")) or 0) - time.time()
        if left > 0:
            raise Busy(f"{self._place} wants to be left alone for {left:.0f} s more.", left)

    def _start(self, after: datetime | None, until: datetime) -> datetime:
        """The time after which files matter: late ones are waited for, but not those of before our first look."""
        retried = until - self.spec.retry
        begun = self.memory.get(self._key("begun")) if after else None
        first = datetime.fromisoformat(begun) if begun else after or retried
        self.memory.set(self._key("begun"), first.isoformat(), DAY)
        return max(first, min(after, retried)) if after else first

    def _wanted(self, entries: list[Entry], fresh: bool) -> list[tuple[Entry, Record | None]]:
        """What to ask for, newest first, each with what we have of it."""
        single = {entry.where: entry for entry in entries}.values()
        ordered = nlargest(MOST_LISTED, single, key=lambda entry: (entry.time, entry.name))
        known = [(entry, None if fresh else self._record(entry)) for entry in ordered]
        silent = [entry for entry, record in known if record and entry.mark is None and record.validators]
        asked = [(entry, record) for entry, record in known if changed(entry, record) or entry in silent[:REVISITED]]
        return asked[:MOST_FILES]

    def _record(self, entry: Entry) -> Record | None:
        """What we took of this name, if anything."""
        text = self.memory.get(self._file(entry))
        try:
            return Record(**json.loads(text)) if text else None
        except (ValueError, TypeError):  # written by another version
            return None

    def _collected(self, wanted: list[tuple[Entry, Record | None]], retried: datetime) -> list[Fetched]:
        """The files, oldest first; the first failure is raised when there is nothing else to show."""
        fetched: list[Fetched] = []
        failures: list[NowcastError] = []
        ends = time.monotonic() + PATIENCE * self.spec.timeout_seconds
        for entry, record in wanted:
            try:
                fetched += self._fetched(entry, record, entry.time <= retried)
            except (SourceFailed, TooLarge) as error:
                log.warning("%s", error)
                failures.append(error)
            full = sum(len(one.data) for one in fetched) >= MOST_BYTES
            if full or self._enough(failures) or time.monotonic() > ends:
                log.warning("%s: the rest is left for the next pull", self._place)
                break
        if failures and not fetched:
            raise failures[0]
        return fetched[::-1]

    def _enough(self, failures: list[NowcastError]) -> bool:
        """True when the source had better be left alone."""
        busy = [error for error in failures if isinstance(error, Busy)]
        for error in busy:
            self._pause(error)
        return bool(busy) or len(failures) >= MOST_FAILURES

    def _fetched(self, entry: Entry, record: Record | None, last_try: bool) -> list[Fetched]:
        """The file, or nothing when its bytes are those we took, or not there."""
        try:
            copy = self.shelf.read(entry, record.validators if record else Validators())
        except NotThere as error:
            log.debug("%s", error)
            if last_try and record is None:
                self._remember(entry, Record(entry.mark, None, None, ""))
            return []
        digest = sha256(copy.data).hexdigest()[:32] if copy else ""
        if copy is None or (record and record.digest == digest):
            if record:  # the new look of old bytes, so that they are not asked for again
                seen = copy.validators if copy else record.validators
                self._remember(entry, Record(entry.mark, seen.etag, seen.modified, record.digest))
            return []
        log.info("fetched %s of %s, %d bytes", entry.name, stamp(entry.time), len(copy.data))
        now = Record(entry.mark, copy.validators.etag, copy.validators.modified, digest)
        return [Fetched(entry.name, copy.data, entry.time if entry.dated else None, self._file(entry), now.text())]

    def _remember(self, entry: Entry, record: Record) -> None:
        """Keep what is known of a file that brings nothing new."""
        self.memory.set(self._file(entry), record.text(), DAY)


def changed(entry: Entry, record: Record | None) -> bool:
    """True for a file we never took, or one that its listing shows to be another now."""
    return record is None or (entry.mark is not None and entry.mark != record.mark)
