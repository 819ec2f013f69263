"""Reading the body of an answer: never more than the limit, before and after it is unpacked."""

import zlib
from collections.abc import Mapping
from typing import Protocol

import httpcore

from radar.errors import TooLarge
from workers.sources.errors import SourceFailed

GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Decoder(Protocol):
    """Undoes a Content-Encoding piece by piece."""

    def more(self, piece: bytes, room: int) -> bytes:
        """What the piece adds, at most `room` bytes and one."""

    def ended(self) -> bool:
        """True when nothing is missing at the end."""


class Plain:
    """No encoding."""

    def more(self, piece: bytes, room: int) -> bytes:
        return piece[: room + 1]

    def ended(self) -> bool:
        return True


class Inflater:
    """gzip, of one member or several, and zlib."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP_OR_ZLIB)
        self._begun = False

    def more(self, piece: bytes, room: int) -> bytes:
        out = b""
        while piece and len(out) <= room:
            if self._member.eof:
                self._member = zlib.decompressobj(GZIP_OR_ZLIB)
            out += self._member.decompress(piece, room + 1 - len(out))
            piece = self._member.unused_data if self._member.eof else b""
            self._begun = True
        return out

    def ended(self) -> bool:
        return self._member.eof or not self._begun


DECODERS: dict[str, type[Plain] | type[Inflater]] = {
    "": Plain,
    "identity": Plain,
    "gzip": Inflater,
    "x-gzip": Inflater,
    "deflate": Inflater,
}
"""We ask for none of them (the files are compressed already), but some servers encode unasked."""


def body(place: str, response: httpcore.Response, headers: Mapping[str, str], limit: int) -> bytes:
    """The unpacked body; TooLarge as soon as it is more than `limit` bytes, however it is packed."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large(place, limit)
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in DECODERS:
        raise SourceFailed(f"{place} is encoded as {encoding[:40]!r}, which we did not ask for.")
    try:
        return unpacked(place, response, DECODERS[encoding](), limit)
    except zlib.error as error:
        raise SourceFailed(f"{place} is not the {encoding} that it says it is.") from error


def unpacked(place: str, response: httpcore.Response, decoder: Decoder, limit: int) -> bytes:
    """All pieces of a body, unpacked."""
    data, taken = bytearray(), 0
    for piece in response.iter_stream():
        taken += len(piece)
        data += decoder.more(piece, limit - len(data))
        if len(data) > limit or taken > limit:
            raise too_large(place, limit)
    if not decoder.ended():
        raise SourceFailed(f"{place} broke off before its end.")
    return bytes(data)


def too_large(place: str, limit: int) -> TooLarge:
    """The error of a body beyond the limit."""
    return TooLarge(f"{place} is larger than the {limit} bytes that its source may have.")
