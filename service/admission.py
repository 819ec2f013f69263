"""What is refused before a single byte of the body is read."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers

from jobs.errors import QueueFull
from jobs.fallback import chain
from jobs.queue import Queue
from jobs.settings import Settings
from radar.card import Card
from radar.errors import TooLarge, UnknownFormat, UnknownMethod
from service.dependencies import Fallback, Method, QueueDep, SettingsDep, StoreDep
from service.errors import NoWorkers
from service.intake import READERS


def admit(
    *,
    request: Request,
    store: StoreDep,
    queue: QueueDep,
    settings: SettingsDep,
    method: Method = None,
    fallback: Fallback = None,
) -> tuple[Card, ...]:
    """The card of the method that was asked for, when its request may come in, and where another may answer, theirs.

    A method that is named has its card kept.
    """
    check_body(request.headers, settings)
    cards = store.cards()
    card = card_of(cards, method or settings.method)
    check_backlog(queue, card.method, settings)
    others = method is None if fallback is None else fallback
    return tuple(chain(cards, card)) if others else (card,)


Admitted = Annotated[tuple[Card, ...], Depends(admit)]


async def no_others(request: Request) -> None:
    """Refuse a query parameter that would be ignored: its sender believes that it counts."""
    operation = request.app.openapi()["paths"][request.scope["route"].path][request.method.lower()]
    known = sorted(one["name"] for one in operation["parameters"] if one["in"] == "query")
    said = f"There is no such parameter; there are {', '.join(known)}."
    if strange := [name[:64] for name in request.query_params if name not in known]:
        raise RequestValidationError([{"loc": ("query", name), "msg": said, "type": "unknown"} for name in strange])


def check_body(headers: Headers, settings: Settings) -> None:
    """Refuse a body by what its headers say about it."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise UnknownFormat(f"The body is encoded as {encoding[:40]!r}; send it as it is, with no Content-Encoding.")
    media = media_type(headers)
    if media not in READERS:
        raise UnknownFormat(f"The Content-Type {media[:80]!r} is not one we read; we read {', '.join(READERS)}.")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > settings.max_body_bytes:
        raise TooLarge(f"The body has {length[:20]} bytes and at most {settings.max_body_bytes} are taken.")


def media_type(headers: Headers) -> str:
    """The type of the body without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def card_of(cards: dict[str, Card], method: str) -> Card:
    """The card of a method, or UnknownMethod with the names of those there are."""
    if not cards:
        raise NoWorkers("No worker is ready yet; come back in a few seconds.")
    if method not in cards:
        raise UnknownMethod(f"There is no method {method[:64]!r}; there are {', '.join(cards)}.")
    return cards[method]


def check_backlog(queue: Queue, method: str, settings: Settings) -> None:
    """Refuse when more waits than we take on."""
    waiting = queue.backlog(method)
    if waiting >= settings.queue_limit:
        raise QueueFull(f"{waiting} jobs wait for {method} already; come back later.")
