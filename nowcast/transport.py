"""Who carries out the steps of a flow: with httpx, blocking or in an event loop."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

from nowcast.errors import BadAnswer, Unreachable
from nowcast.exchange import Answer, Flow, Pause, Request, Work, checked
from nowcast.heard import MEDIA, Event, Heard
from radar.errors import BadInput

T = TypeVar("T")
KEY = "NOWCAST_API_KEY"


def options(url: str, key: str | None) -> dict[str, Any]:
    """How httpx is set up; an address or key that cannot be one is refused, the key without repeating it."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BadInput(f"{url[:80]!r} is no address of a service: {error}.") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise BadInput(f"{url[:80]!r} is no address of a service; it begins with http:// or https://.")
    headers = {"Accept-Encoding": "identity", "User-Agent": "nowcast-client"}
    said = (key or os.environ.get(KEY, "")).strip()
    if not (said.isascii() and (said.isprintable())):
        raise BadInput("The API key has characters that no key has.")
    return {"base_url": address, "headers": headers | ({"Authorization": f"Bearer {said}"} if said else {})}


def sendable(request: Request) -> dict[str, Any]:
    """A request in the words of httpx."""
    body = request.body
    media = {"Content-Type": body.media} if body.media else {}
    return {
        "method": request.method,
        "url": request.path,
        "params": request.query,
        "headers": {**request.headers, **media},
        "content": body.content,
        "files": [("frames", (name, data, "application/octet-stream")) for name, data in body.files] or None,
        "timeout": max(0.001, request.until - time.monotonic()),
    }


class Gathered:
    """The body of an answer as it comes, which may be neither too large nor too slow."""

    def __init__(self, limit: int, until: float) -> None:
        self.limit, self.until, self.body = limit, until, bytearray()

    def add(self, chunk: bytes) -> None:
        """Some more of it, or BadAnswer or Unreachable."""
        self.body += chunk
        if len(self.body) > self.limit:
            raise BadAnswer(f"The answer has more than {self.limit} bytes.")
        if time.monotonic() > self.until:
            raise Unreachable("The service does not answer in time.")

    def answer(self, response: httpx.Response) -> Answer:
        """The whole of it."""
        return Answer(response.status_code, dict(response.headers), bytes(self.body))


class Streamed(Gathered):
    """A stream of events as it comes, or the body of an answer that is none."""

    def __init__(self, limit: int, until: float) -> None:
        super().__init__(limit, until)
        self.heard = Heard()

    def events(self, response: httpx.Response, chunk: bytes) -> Iterator[Event]:
        """Those that some more of it completes."""
        if response.is_success:
            yield from self.heard.add(chunk)
        else:
            self.add(chunk)

    def end(self, response: httpx.Response) -> None:
        """Refuse a stream that was none, by its Problem, or that broke off before the end, which is Unreachable."""
        checked(self.answer(response))
        if not self.heard.ended:
            raise Unreachable("The service hung up before the job had ended; ask for the job.")


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what httpx says of a connection into one of ours."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise Unreachable("The service does not answer in time.") from error
    except httpx.RequestError as error:
        raise Unreachable(f"The service does not answer: {str(error) or type(error).__name__}.") from error


@dataclass(frozen=True)
class Ended(Generic[T]):
    """What a flow came to."""

    result: T


def resumed(flow: Flow[T], came: Any = None) -> Request | Pause | Work[Any] | Ended[T]:
    """The next step of a flow that is told what came of its last one."""
    try:
        return flow.send(came)
    except StopIteration as end:
        return Ended(end.value)


class Blocking:
    """Carries out steps one after another, in the thread that asks."""

    def __init__(self, url: str, key: str | None, max_bytes: int) -> None:
        self.http, self.max_bytes = httpx.Client(**options(url, key)), max_bytes

    def run(self, flow: Flow[T]) -> T:
        """The result of a flow."""
        step = resumed(flow)
        while not isinstance(step, Ended):
            step = resumed(flow, self.carried_out(step))
        return step.result

    def carried_out(self, step: Request | Pause | Work[Any]) -> Any:
        """What comes of a step."""
        if isinstance(step, Pause):
            return time.sleep(step.seconds)
        if isinstance(step, Work):
            return step.do()
        try:
            return self.answer(step)
        except Unreachable as error:
            return error

    def answer(self, request: Request) -> Answer:
        """The answer to a request."""
        gathered = Gathered(self.max_bytes, request.until)
        with sentences(), self.http.stream(**sendable(request)) as response:
            for chunk in response.iter_bytes():
                gathered.add(chunk)
        return gathered.answer(response)

    def heard(self, path: str, seconds: float) -> Iterator[Event]:
        """The events at a path until the end; Unreachable when there are none, nor comments, for so many seconds."""
        streamed = Streamed(self.max_bytes, time.monotonic() + seconds)
        with sentences(), self.http.stream("GET", path, headers={"Accept": MEDIA}, timeout=seconds) as response:
            for chunk in response.iter_bytes():
                yield from streamed.events(response, chunk)
        streamed.end(response)


class Awaiting:
    """Carries out steps in an event loop; what takes the processor a while is done in a thread."""

    def __init__(self, url: str, key: str | None, max_bytes: int) -> None:
        self.http, self.max_bytes = httpx.AsyncClient(**options(url, key)), max_bytes

    async def run(self, flow: Flow[T]) -> T:
        """The result of a flow."""
        step = resumed(flow)
        while not isinstance(step, Ended):
            step = resumed(flow, await self.carried_out(step))
        return step.result

    async def carried_out(self, step: Request | Pause | Work[Any]) -> Any:
        """What comes of a step."""
        if isinstance(step, Pause):
            return await asyncio.sleep(step.seconds)
        if isinstance(step, Work):
            return await asyncio.to_thread(step.do)
        try:
            return await self.answer(step)
        except Unreachable as error:
            return error

    async def answer(self, request: Request) -> Answer:
        """The answer to a request."""
        gathered = Gathered(self.max_bytes, request.until)
        with sentences():
            async with self.http.stream(**sendable(request)) as response:
                async for chunk in response.aiter_bytes():
                    gathered.add(chunk)
        return gathered.answer(response)

    async def heard(self, path: str, seconds: float) -> AsyncIterator[Event]:
        """The events at a path until the end; Unreachable when there are none, nor comments, for so many seconds."""
        streamed = Streamed(self.max_bytes, time.monotonic() + seconds)
        with sentences():
            async with self.http.stream("GET", path, headers={"Accept": MEDIA}, timeout=seconds) as response:
                async for chunk in response.aiter_bytes():
                    for event in streamed.events(response, chunk):
                        yield event
        streamed.end(response)
