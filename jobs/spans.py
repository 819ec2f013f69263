"""Spans by OpenTelemetry's SDK, sent by OTLP over HTTP; imported only where traces are asked for."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import INVALID_SPAN, Link, SpanKind, StatusCode, format_trace_id, get_current_span, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from jobs.about import known
from jobs.tracing import CARRIED

W3C = TraceContextTextMapPropagator()


class Unqueried(SpanProcessor):
    """Takes queries out of spans before anybody reads them: they say where somebody lives."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Right at the beginning."""
        if span.attributes and "url.query" in span.attributes:
            span.set_attribute("url.query", "REDACTED")


class Spans:
    """A tracer of a provider."""

    def __init__(self, provider: TracerProvider) -> None:
        provider.add_span_processor(Unqueried())
        self.provider, self.tracer = provider, provider.get_tracer("nowcast")

    @contextmanager
    def span(
        self,
        name: str,
        of: Mapping[str, str] | None,
        beside: Sequence[Mapping[str, str]],
        said: Mapping[str, str | int],
    ) -> Iterator[None]:
        """The block as a span, with the ids of what it is about; of an error its kind: its text may hold frames."""
        links = [Link(get_current_span(W3C.extract(one)).get_span_context()) for one in beside]
        context = None if of is None else W3C.extract(of)
        span = self.tracer.start_span(name, context, SpanKind.INTERNAL, {**known(), **said}, links)
        with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    def past(self, name: str, of: Mapping[str, str], began: datetime) -> None:
        """A span that ends now; a clock of another machine may be ahead, so it is never shorter than nothing."""
        start = int(began.timestamp() * 1e9)
        span = self.tracer.start_span(name, W3C.extract(of), SpanKind.CONSUMER, dict(known()), start_time=start)
        span.end()

    def carried(self) -> dict[str, str]:
        """The W3C trace context of the span at hand."""
        carrier: dict[str, str] = {}
        W3C.inject(carrier)
        return {name: said for name, said in carrier.items() if name == CARRIED}

    def trace_id(self) -> str | None:
        """In hexadecimal digits, as collectors show it."""
        span = get_current_span()
        return None if span is INVALID_SPAN else format_trace_id(span.get_span_context().trace_id)

    def stop(self) -> None:
        """Send what is left."""
        self.provider.shutdown()


def exporting(name: str) -> Spans:
    """Spans that are sent to where OTEL_EXPORTER_OTLP_ENDPOINT says, in the name of a service."""
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: name}
    spans = Spans(TracerProvider(resource=Resource.create(named)))
    spans.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return spans
