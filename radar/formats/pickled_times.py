"""Times out of a pickled NumPy array of datetimes, without unpickling: nothing in it is ever called or imported.

Pickle's opcodes are read as a list, of which only those are allowed that such an array is written with. The ten bytes
of each datetime are then decoded here. An array of anything else is refused.
"""

import pickletools
from datetime import UTC, datetime

from radar.errors import BadFrames, TooLarge

MAX_TIMES = 2**20
CLASSES = {
    "numpy.core.multiarray _reconstruct",
    "numpy._core.multiarray _reconstruct",
    "numpy ndarray",
    "numpy dtype",
    "datetime datetime",
}
STRUCTURE = {"PROTO", "FRAME", "MARK", "STOP", "EMPTY_LIST", "APPEND", "APPENDS", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"}
NUMBERS = {"BININT", "BININT1", "BININT2", "NONE", "NEWFALSE", "NEWTRUE"}
MEMORY = {"BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET", "MEMOIZE"}
TEXTS = {"BINUNICODE", "SHORT_BINUNICODE"}
CALLS = {"GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"}
ALLOWED = STRUCTURE | NUMBERS | MEMORY | TEXTS | CALLS | {"SHORT_BINBYTES"}
WORDS = {part for name in CLASSES for part in name.split()} | {"O", "O8", "|"}
LENGTH = 10
"""Bytes of a pickled datetime: two of the year, month, day, hour, minute, second, three of microseconds."""
NOT_TIMES = "The array of times holds pickled objects other than datetimes, which we never load."


def datetimes(pickled: bytes) -> list[datetime]:
    """The datetimes in a pickled array, in order, as UTC; BadFrames when there is anything else in it."""
    found: list[datetime] = []
    for opcode, argument, _ in pickletools.genops(pickled):
        if not harmless(opcode.name, argument):
            raise BadFrames(NOT_TIMES)
        if isinstance(argument, bytes) and len(argument) == LENGTH:
            found.append(decoded(argument))
        if len(found) > MAX_TIMES:
            raise TooLarge(f"There are more than {MAX_TIMES} times.")
    return found


def harmless(name: str, argument: object) -> bool:
    """True for what an array of datetimes is written with: no other opcode, class, text or bytes."""
    if name == "GLOBAL":
        return argument in CLASSES
    if name in TEXTS:
        return argument in WORDS
    if name == "SHORT_BINBYTES":
        return isinstance(argument, bytes) and (len(argument) == LENGTH or argument == b"b")
    return name in ALLOWED


def decoded(state: bytes) -> datetime:
    """A datetime out of its ten bytes (CPython's datetime.__reduce__, without a time zone)."""
    year, month, day, hour, minute, second = state[0] * 256 + state[1], *state[2:7]
    try:
        return datetime(year, month, day, hour, minute, second, int.from_bytes(state[7:], "big"), UTC)
    except ValueError as error:
        raise BadFrames(NOT_TIMES) from error
