"""What a worker does to a job, timed for the metrics, as spans of the job's trace, and named in the log."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from jobs import tracing
from jobs.about import about, together
from jobs.queue import Entry
from workers import metrics


@contextmanager
def phase(method: str, name: str, of: Mapping[str, str] | None = None) -> Iterator[None]:
    """The block as a phase of the job that carries `of`, or of the batch at hand."""
    with metrics.INFERENCE.labels(method, name).time(), tracing.span(name, of):
        yield


@contextmanager
def at_hand(entries: Sequence[Entry]) -> Iterator[None]:
    """The block as a batch: the log names all its jobs, and each job's trace has it, linked to those of its mates."""
    with ExitStack() as stack:
        stack.enter_context(about(**together([entry.ids for entry in entries])))
        for entry in reversed(entries):  # so that the first one's is what the phases are part of
            mates = [other.carried for other in entries if other is not entry]
            stack.enter_context(tracing.span("batch", entry.carried, mates, jobs=len(entries)))
        yield
