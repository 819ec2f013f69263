"""Every way a caller's input can be wrong, each a class whose message is one sentence for that caller.

NowcastError
└── BadInput               the caller can mend it
    ├── BadFrames          the frames are not radar rain we can stand on
    │   └── OutsideCard    good frames, but not what this method was made for
    ├── UnknownFormat      bytes in no format we read
    ├── TooLarge           more than we are willing to decode
    ├── UnknownMethod      a method that is not there
    └── BadCheckpoint      weights or card that do not fit
"""

from enum import StrEnum


class NowcastError(Exception):
    """The root; its text is safe to show."""


class BadInput(NowcastError):
    """Something the caller sent or named is wrong."""


class BadFrames(BadInput):
    """Frames that break a rule: unit, value, time, cadence, grid."""


class Breach(StrEnum):
    """What of a card frames may break that another method allows."""

    CADENCE = "cadence"
    PIXEL_SIZE = "pixel_size"
    TOO_FEW_FRAMES = "too_few_frames"


class OutsideCard(BadFrames):
    """Frames that are fine in themselves but lie outside what a method's card allows.

    breach: what they break; None for what no other method could mend.
    """

    def __init__(self, sentence: str, breach: Breach | None = None) -> None:
        super().__init__(sentence)
        self.breach = breach


class UnknownFormat(BadInput):
    """Bytes that are in no format of the table."""


class TooLarge(BadInput):
    """Input that is refused by its declared size, before it is decoded."""


class UnknownMethod(BadInput):
    """A method name that no card carries."""


class BadCheckpoint(BadInput):
    """A checkpoint whose weights or card do not fit the network it names."""
