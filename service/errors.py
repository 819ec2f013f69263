"""What can go wrong at the door and nowhere else; each message is one sentence for the caller.

NowcastError
├── NoKey             a request without an API key, where one is needed
├── WrongKey          a key that opens nothing, or no longer
├── ScopeMissing      a key that is not for this
├── TooManyRequests   a key that has used up its quota
├── NotFromHere       a request from another machine or site, while there are no keys
├── BadHost           a request that does not say, once, which host it is for
├── BadQuery          a query that a standard answers with 400
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


class WithHeaders(NowcastError):
    """What is answered with headers of its own."""

    def __init__(self, sentence: str, headers: dict[str, str]) -> None:
        super().__init__(sentence)
        self.headers = headers


class NoKey(WithHeaders):
    """A request without an API key, where one is needed."""


class WrongKey(WithHeaders):
    """A key that opens nothing, or no longer."""


class ScopeMissing(WithHeaders):
    """A key that is not for this."""


class TooManyRequests(WithHeaders):
    """A key that has used up its quota."""


class NotFromHere(NowcastError):
    """A request from another machine or site, while there are no keys."""


class BadHost(NowcastError):
    """A request that does not say, once, which host it is for (RFC 9112, 3.2)."""


class BadQuery(NowcastError):
    """A query that a standard answers with 400."""


class NotAcceptable(NowcastError):
    """An Accept header that names nothing we write."""


class NotReady(NowcastError):
    """The result of a job that is still on its way."""


class NoWorkers(NowcastError):
    """No worker has said yet which methods there are."""


class ShuttingDown(WithHeaders):
    """This gateway ends before the job does."""

    def __init__(self, job_id: str) -> None:
        where = f"/nowcasts/{job_id}"
        super().__init__(f"The gateway is shutting down; the job goes on, ask for it at {where}.", {"Location": where})


class TooManyListeners(NowcastError):
    """Nobody else can listen to jobs in this gateway."""


class UnknownLead(NowcastError):
    """A lead time the nowcast does not have."""


class UnknownFrame(NowcastError):
    """A time at which a region, or all of them together, has no frame."""


class UnknownTile(NowcastError):
    """A place, size or colour that no tile has."""
