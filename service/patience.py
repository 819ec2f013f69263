"""HTTP connections that are not waited for for ever: requests that are long or slow in coming, answers nobody reads."""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
"""In which the head of a request must be there; on a fresh connection, its first byte too."""
MAX_HEAD_BYTES = 2**16
PACE_SECONDS = 20.0
SLOWEST = 1024
"""Bytes a second, over PACE_SECONDS, below which a caller neither gives a body nor takes an answer."""
REFUSALS = {408: "Request Timeout", 431: "Request Header Fields Too Large"}


class Pace:
    """Watches that a number of bytes goes on; calls `stalled` when it does not."""

    def __init__(self, count: Callable[[], int], stalled: Callable[[], None]) -> None:
        self.count, self.stalled = count, stalled
        self.timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look again after a while; what is watched already stays so."""
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(PACE_SECONDS, self.check, self.count())

    def check(self, before: int) -> None:
        """Go on, or have it ended."""
        self.timer = None
        if abs(self.count() - before) < PACE_SECONDS * SLOWEST:
            self.stalled()
        else:
            self.watch()

    def rest(self) -> None:
        """There is nothing to watch."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Patient(HttpToolsProtocol):
    """The protocol of uvicorn, which itself waits for ever, and takes in heads of any size."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.in_head = False
        self.head_bytes = self.body_bytes = 0
        self.head_timer: asyncio.TimerHandle | None = None
        self.body_pace = Pace(lambda: self.body_bytes, self.body_stalled)
        self.reading_pace = Pace(lambda: self.unread, self.reading_stalled)

    def connection_made(self, transport: Any) -> None:
        """The first head is on its way."""
        super().connection_made(transport)
        self.begin_head()

    def on_message_begin(self) -> None:
        """The first byte of a head is there."""
        super().on_message_begin()
        self.begin_head()

    def begin_head(self) -> None:
        """Wait for a head, but not for long."""
        self.in_head = True
        if self.head_timer is None:
            self.head_timer = self.loop.call_later(HEAD_SECONDS, self.overdue)

    def overdue(self) -> None:
        """Hang up, but not on a caller who still waits for the answer to the request before."""
        self.head_timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self.begin_head()
        else:
            self.refuse(408)

    def end_head(self) -> None:
        """No head is waited for."""
        self.in_head, self.head_bytes = False, 0
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def data_received(self, data: bytes) -> None:
        """Bytes of a request; those of its head, and of what is neither head nor body, are counted."""
        self.head_bytes += len(data)
        super().data_received(data)
        if self.head_bytes > MAX_HEAD_BYTES:
            self.refuse(431)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; those that come after a body are let go, for nothing here asks for them."""
        if self.in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there, the body comes."""
        self.end_head()
        self.body_bytes = 0
        self.body_pace.watch()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body; once the answer is given, nobody wants more of it."""
        self.head_bytes = 0
        self.body_bytes += 0 if self.cycle.response_complete else len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole body is there."""
        self.head_bytes = 0
        self.body_pace.rest()
        super().on_message_complete()

    def body_stalled(self) -> None:
        """Hang up, unless it is us who do not take it in."""
        if self.flow.read_paused:
            self.body_pace.watch()
        else:
            self.refuse(408)

    def refuse(self, status: int) -> None:
        """Hang up; say why to a caller who has said anything, unless that is being answered or was."""
        if self.transport.is_closing():
            return
        silent = self.cycle is None and not self.head_bytes
        next_one = self.in_head and self.cycle is not None and self.cycle.response_complete
        answered = self.cycle is not None and self.cycle.response_started and not next_one
        if not silent and not answered:
            head = f"HTTP/1.1 {status} {REFUSALS[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            self.transport.write(head.encode())
        self.transport.close()

    @property
    def unread(self) -> int:
        """Bytes of answers that wait to be taken."""
        return int(self.transport.get_write_buffer_size())

    def pause_writing(self) -> None:
        """The caller reads more slowly than we write."""
        super().pause_writing()
        self.reading_pace.watch()

    def resume_writing(self) -> None:
        """The caller has taken nearly all of it."""
        super().resume_writing()
        self.reading_pace.rest()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing more is asked; what is still unread is not kept for ever."""
        super().timeout_keep_alive_handler()
        if self.unread:
            self.reading_pace.watch()

    def reading_stalled(self) -> None:
        """Hang up, and drop what is kept for a caller who does not read."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        super().connection_lost(exc)
        self.end_head()
        self.body_pace.rest()
        self.reading_pace.rest()
