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


class NowcastError(Exception):
    """The root; its text is safe to show."""


class BadInput(NowcastError):
    """Something the caller sent or named is wrong."""


class BadFrames(BadInput):
    """Frames that break a rule: unit, value, time, cadence, grid."""


class OutsideCard(BadFrames):
    """Frames that are fine in themselves but lie outside what a method's card allows."""


class UnknownFormat(BadInput):
    """Bytes that are in no format of the table."""


class TooLarge(BadInput):
    """Input that is refused by its declared size, before it is decoded."""


class UnknownMethod(BadInput):
    """A method name that no card carries."""


class BadCheckpoint(BadInput):
    """A checkpoint whose weights or card do not fit the network it names."""
