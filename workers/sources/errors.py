"""What can go wrong on the way to a file; each message is one sentence that names the place, without its secrets.

SourceFailed     the source cannot be used now; a backup may be
├── NotThere     it answers, but has no such file, or not yet
└── Busy         it asked to be left alone for a while
"""

from radar.errors import NowcastError


class SourceFailed(NowcastError):
    """A source that gave nothing, and why."""


class NotThere(SourceFailed):
    """A file that is not published, or no longer."""


class Busy(SourceFailed):
    """A source that said when it wants to be asked again."""

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds
