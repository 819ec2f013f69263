"""What can go wrong at the door and nowhere else; each message is one sentence for the caller.

NowcastError
├── NotAcceptable   an Accept header that names nothing we write
├── NotReady        the result of a job that is still on its way
├── NoWorkers       no worker has said yet which methods there are
└── UnknownLead     a lead time the nowcast does not have
"""

from radar.errors import NowcastError


class NotAcceptable(NowcastError):
    """An Accept header that names nothing we write."""


class NotReady(NowcastError):
    """The result of a job that is still on its way."""


class NoWorkers(NowcastError):
    """No worker has said yet which methods there are."""


class UnknownLead(NowcastError):
    """A lead time the nowcast does not have."""
