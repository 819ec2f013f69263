"""Every error as application/problem+json (RFC 9457): the code raises, the table of statuses answers."""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from redis.exceptions import OutOfMemoryError as StoreFull
from redis.exceptions import ResponseError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from jobs.about import about
from jobs.connection import full
from jobs.faults import told
from service import metrics
from service.errors import WithHeaders
from service.middleware import SECURE
from service.shown import SHOWN
from service.statuses import FOREIGN, RETRY_AFTER, STATUS

log = logging.getLogger(__name__)

MEDIA = "application/problem+json"
UNROUTED: dict[int, str] = {
    404: "There is nothing at {path}; /docs describes what there is.",
    405: "{path} has no {method}, it has {allow}; /docs describes them.",
}
"""Sentences for what no route takes."""


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="JSON pointer to it in the body, or /query/<name>", examples=["/query/horizon"])
    detail: str = Field(examples=["Input should be greater than or equal to 1"])


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    model_config = ConfigDict(json_schema_extra={"example": SHOWN["Problem 422"]})

    type: str = Field(description="stable name of the kind of problem")
    title: str
    status: int
    detail: str = Field(description="one sentence about this request")
    instance: str = Field(description="id of the request, also in X-Request-Id and in the log")
    errors: list[Fault] | None = None


def install(app: FastAPI) -> None:
    """Let the table answer for every exception."""
    for kind in STATUS:
        app.add_exception_handler(kind, expected)
    app.add_exception_handler(HTTPException, by_framework)
    app.add_exception_handler(ResponseError, by_store)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route as OpenAPI wants them."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": phrase(status),
            "content": {MEDIA: {"schema": schema, "example": SHOWN[f"Problem {status}"]}},
        }
        for status in statuses
    }


async def expected(request: Request, error: Exception) -> Response:
    """An exception of the table."""
    kind = listed(error, STATUS)
    name, detail = FOREIGN.get(kind) or (type(error).__name__, str(error))
    headers = {"Retry-After": str(RETRY_AFTER[kind])} if kind in RETRY_AFTER else {}
    if isinstance(error, WithHeaders):
        headers |= error.headers
    if STATUS[kind] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        said = str(error).rpartition("caused error: ")[2]  # the store repeats the command, with what was to be kept
        log.warning("request %s: %s: %s", request_id(request), type(error).__name__, said)
    return answer(request, STATUS[kind], name, detail, headers=headers)


async def by_store(request: Request, error: Exception) -> Response:
    """What the store refuses: anything to be written while its disk is full; what else it refuses is a bug."""
    return await (expected(request, StoreFull(str(error))) if full(error) else unexpected(request, error))


async def refused(request: Request, error: Exception) -> Response:
    """What is raised before there is a route, answered as if one had raised it."""
    return await (expected if isinstance(error, tuple(STATUS)) else by_store)(request, error)


async def by_framework(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.BAD_REQUEST:  # bytes that are no text; every other body that is no JSON is 422
        return answer(request, 422, "InvalidRequest", "The body is no JSON in UTF-8.")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed(request)
    said = {"path": request.url.path[:64], "method": request.method, "allow": headers.get("Allow")}
    sentence = UNROUTED.get(error.status_code)
    detail = f"{error.detail}." if sentence is None else sentence.format_map(said)
    return answer(request, error.status_code, phrase(error.status_code), detail, headers=headers)


async def invalid(request: Request, error: Exception) -> Response:
    """Parameters or a JSON body that do not fit their schema."""
    assert isinstance(error, RequestValidationError)
    faults = [Fault(pointer=pointer(fault["loc"]), detail=told(fault["msg"])) for fault in error.errors()[:20]]
    detail = "; ".join(": ".join(filter(None, (fault.pointer, fault.detail))) for fault in faults[:3])
    return answer(request, 422, "InvalidRequest", detail, errors=faults)


async def unexpected(request: Request, error: Exception) -> Response:
    """A bug: the log has it all, the caller only the id to ask about."""
    with about(request=request_id(request)):  # this is outside of the middleware
        log.error("internal error in request %s", request_id(request), exc_info=error)
    named = {"X-Request-Id": request_id(request), **SECURE}  # this answer is made outside of the middleware
    return answer(
        request, 500, "InternalError", "Internal error; the log of the service has it by its id.", headers=named
    )


def answer(
    request: Request,
    status: int,
    name: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[Fault] | None = None,
) -> Response:
    """A problem as a response."""
    words = re.findall(r"[A-Z]+[a-z]*|[a-z]+", name)
    problem = Problem(
        type="/problems/" + "-".join(words).lower(),
        title=" ".join(words).capitalize(),
        status=status,
        detail=detail,
        instance=request_id(request),
        errors=errors,
    )
    metrics.PROBLEMS.labels(problem.type.rpartition("/")[2]).inc()
    return Response(problem.model_dump_json(exclude_none=True), status, headers, MEDIA)


def listed(error: Exception, table: Mapping[type[Exception], Any]) -> type[Exception]:
    """The closest class of an exception that the table has."""
    return next(kind for kind in type(error).__mro__ if kind in table)


def phrase(status: int) -> str:
    """The name HTTP gives to a status."""
    return HTTPStatus(status).phrase


def pointer(place: tuple[str | int, ...]) -> str:
    """Where a fault lies as a JSON pointer; what is not in the body keeps the name of its place."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place if part != "body")


def allowed(request: Request) -> str:
    """Every method of the path, which several routes may share."""
    operations = request.app.openapi()["paths"].get(request.scope["route"].path, {})
    head = ["head"] if "get" in operations else []
    return ", ".join(sorted(method.upper() for method in [*operations, *head]))


def request_id(request: Request) -> str:
    """The id the middleware gave to the request."""
    return str(request.state.request_id)
