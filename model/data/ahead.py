"""Draws batches in the background while the network learns from the one before."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from model.data.window import Batch, Dataset, State

AHEAD = 3
"""Batches that wait at most."""


class Ahead:
    """The batches of a data set, drawn ahead by one thread: the same, in the same order, as `dataset.batch` gives.

    One thread is enough where drawing is decoding and numpy, which let go of Python's lock. `state` is that of the
    batches taken: what waits is drawn again after a restore. While it is open, the data set is the thread's.
    """

    def __init__(self, dataset: Dataset, size: int, ahead: int = AHEAD) -> None:
        self.dataset, self.size, self.ahead = dataset, size, ahead
        self.taken = dataset.state()
        self.waiting: deque[Future[tuple[Batch, State]]] = deque()
        self.thread = ThreadPoolExecutor(1, "draws-batches")

    def batch(self) -> Batch:
        """The next batch; what went wrong while it was drawn is raised here."""
        while len(self.waiting) <= self.ahead:
            self.waiting.append(self.thread.submit(self._draw))
        batch, self.taken = self.waiting.popleft().result()
        return batch

    def _draw(self) -> tuple[Batch, State]:
        return self.dataset.batch(self.size), self.dataset.state()

    def state(self) -> State:
        """Where the random sequence is after the last batch taken."""
        return self.taken

    def restore(self, state: State) -> None:
        """Go on where `state` was taken; BadInput when that was another data set."""
        self.forget()
        self.dataset.restore(state)
        self.taken = state

    def forget(self) -> None:
        """Drop what waits, once nothing is being drawn any more, and stand where the last batch was taken."""
        for future in self.waiting:
            future.cancel()
        self.thread.submit(int).result()
        self.waiting.clear()
        self.dataset.restore(self.taken)

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.forget()
        self.thread.shutdown()
