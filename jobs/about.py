"""What the work at hand is about: the ids of request, region and job, which lines of the log and queued jobs carry."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

CARRIED = ("request", "region")
"""What goes with a job into the queue; the job's own id is there anyway."""
LONGEST = 200
"""Of an id that comes out of the queue."""

_KNOWN: ContextVar[Mapping[str, str]] = ContextVar("known", default=MappingProxyType({}))


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """What is logged, ordered or begun in the block is about these too; threads that it starts by itself are not."""
    token = _KNOWN.set({**_KNOWN.get(), **ids})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def known() -> Mapping[str, str]:
    """The ids of the work at hand."""
    return _KNOWN.get()


def carried() -> dict[str, str]:
    """Those that go with a job into the queue."""
    return {name: said for name, said in known().items() if name in CARRIED}


def together(several: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The ids of jobs that run as one batch, with commas between."""
    names = {name: None for ids in several for name in ids}
    return {name: ",".join(dict.fromkeys(ids[name] for ids in several if name in ids)) for name in names}
