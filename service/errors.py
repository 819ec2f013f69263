"""What can go wrong at the door and nowhere else; each message is one sentence for the caller.

NowcastError
├── NotAcceptable     an Accept header that names nothing we write
├── NotReady          the result of a job that is still on its way
├── NoWorkers         no worker has said yet which methods there are
├── ShuttingDown      this gateway ends before the job does
├── TooManyListeners  nobody else can listen to jobs in this gateway
├── UnknownLead       a lead time the nowcast does not have
├── UnknownFrame      a time at which a region, or all of them together, has no frame
└── UnknownTile       a place, size or colour that no tile has
"""

from radar.errors import NowcastError


class NotAcceptable(NowcastError):
    """An Accept header that names nothing we write."""


class NotReady(NowcastError):
    """The result of a job that is still on its way."""


class NoWorkers(NowcastError):
    """No worker has said yet which methods there are."""


class ShuttingDown(NowcastError):
    """This gateway ends before the job does."""

    def __init__(self, job_id: str) -> None:
        self.location = f"/nowcasts/{job_id}"
        super().__init__(f"The gateway is shutting down; the job goes on, ask for it at {self.location}.")


class TooManyListeners(NowcastError):
    """Nobody else can listen to jobs in this gateway."""


class UnknownLead(NowcastError):
    """A lead time the nowcast does not have."""


class UnknownFrame(NowcastError):
    """A time at which a region, or all of them together, has no frame."""


class UnknownTile(NowcastError):
    """A place, size or colour that no tile has."""
