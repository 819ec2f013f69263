"""Where the time of a request goes: traces of OpenTelemetry across the queue, which cost nothing until asked for.

Its own variables ask for them, first of all OTEL_EXPORTER_OTLP_ENDPOINT; they need the extra `otel`.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, cast

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
CARRIED = "traceparent"
"""Field of a queued job: the W3C trace context of who ordered it."""
NOTHING: Mapping[str, str] = {}
IDLE: AbstractContextManager[None] = nullcontext()

log = logging.getLogger(__name__)


class Tracer(Protocol):
    """What makes spans."""

    @property
    def provider(self) -> Any:
        """OpenTelemetry's own object, for libraries that make spans too."""

    def span(
        self,
        name: str,
        of: Mapping[str, str] | None,
        beside: Sequence[Mapping[str, str]],
        said: Mapping[str, str | int],
    ) -> AbstractContextManager[None]:
        """The block as a span."""

    def past(self, name: str, of: Mapping[str, str], began: datetime) -> None:
        """A span that ends now."""

    def carried(self) -> dict[str, str]:
        """The span at hand as a job carries it."""

    def trace_id(self) -> str | None:
        """The trace at hand."""

    def stop(self) -> None:
        """Send what is left."""


class Held:
    """The tracer of this process; none until it is started."""

    tracer: Tracer | None = None


def start(role: str) -> None:
    """From now on this process sends its spans, if the environment says where to."""
    if not any(map(os.environ.get, ENDPOINTS)) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    try:
        Held.tracer = cast(Tracer, import_module("jobs.spans").exporting(f"nowcast-{role}"))
    except ImportError:
        log.warning("traces are asked for, but the extra is not installed: pip install 'nowcast[otel]'")


def stop() -> None:
    """Send what is left before the process ends."""
    if Held.tracer is not None:
        Held.tracer.stop()


def span(
    name: str,
    of: Mapping[str, str] | None = None,
    beside: Sequence[Mapping[str, str]] = (),
    **said: str | int,
) -> AbstractContextManager[None]:
    """The block as a span of what is at hand, or of the job that carries `of`; linked to those that carry `beside`."""
    return IDLE if Held.tracer is None else Held.tracer.span(name, of, beside, said)


def past(name: str, of: Mapping[str, str], began: datetime) -> None:
    """A span, of the job that carries `of`, that began then and ends now."""
    if Held.tracer is not None:
        Held.tracer.past(name, of, began)


def carried() -> Mapping[str, str]:
    """What goes with a job into the queue."""
    return NOTHING if Held.tracer is None else Held.tracer.carried()


def identified() -> Mapping[str, str]:
    """The id of the trace at hand, for the log."""
    trace = None if Held.tracer is None else Held.tracer.trace_id()
    return {"trace": trace} if trace else NOTHING


def provider() -> Any:
    """OpenTelemetry's own object, for libraries that make spans too; None when there are no traces."""
    return None if Held.tracer is None else Held.tracer.provider
