"""One trace from a caller's request through the queue to the worker that answers it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("opentelemetry.sdk.trace", reason="there is no SDK to trace with: pip install 'nowcast[otel]'")

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, format_span_id, format_trace_id

from jobs import signs, tracing
from jobs.blob import pack_frames
from jobs.job import Job
from jobs.queue import Queue
from jobs.settings import Settings
from jobs.spans import Spans
from jobs.store import Store
from radar.baselines import BASELINES
from tests.service.bodies import tiny
from tests.service.gateway import CARD, serving
from tests.workers.storms import frames
from workers.drain import Drain
from workers.methods import Plain

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
BATCH = ["queue wait", "decode", "forward", "batch", "encode"]


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What collects the spans of this process."""
    memory, spans = InMemorySpanExporter(), Spans(TracerProvider())
    spans.provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setattr(tracing.Held, "tracer", spans)
    yield memory
    spans.stop()


@pytest.fixture
def drain(store: Store, queue: Queue) -> Drain:
    store.publish_cards([CARD], 3600)
    signs.warm(store.redis, "tester", 3600)
    return Drain(store, queue, {name: Plain(baseline) for name, baseline in BASELINES.items()}, "tester")


@contextmanager
def draining(drain: Drain) -> Iterator[None]:
    """A thread that does what a woken worker does."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.01):
            drain.drain(CARD.method)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def named(exporter: InMemorySpanExporter) -> Mapping[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def parent(span: ReadableSpan) -> str:
    return format_span_id(span.parent.span_id) if span.parent else ""


def own(span: ReadableSpan) -> str:
    assert span.context is not None
    return format_span_id(span.context.span_id)


def trace(span: ReadableSpan) -> str:
    assert span.context is not None
    return format_trace_id(span.context.trace_id)


def test_a_request_and_its_job_are_one_trace(
    exporter: InMemorySpanExporter, drain: Drain, settings: Settings, wakes: None
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "X-Request-Id": "asked"}
    with draining(drain), serving(settings) as gateway:
        answer = gateway.client.post("/nowcast?method=persistence&horizon=1", json=tiny(), headers=headers)
        assert answer.status_code == 200, answer.text
    spans = named(exporter)
    request, intake, batch = spans["POST /nowcast"], spans["intake"], spans["batch"]
    assert {trace(span) for span in spans.values()} == {TRACE}
    assert [parent(span) for span in (request, intake, batch)] == [CALLER, own(request), own(intake)]
    assert parent(spans["forward"]) == own(batch)
    assert [name for name in BATCH if name not in spans] == []
    assert (batch.attributes or {})["request"] == "asked"
    assert (batch.attributes or {})["job"] == answer.json()["id"]


def test_a_query_is_in_no_span(exporter: InMemorySpanExporter, drain: Drain, settings: Settings) -> None:
    with serving(settings) as gateway:
        gateway.client.get("/regions/here/point?lon=4.2&lat=52.1")
    (request,) = [span for span in exporter.get_finished_spans() if span.parent is None]
    assert (request.attributes or {})["url.query"] == "REDACTED"
    assert "52.1" not in request.to_json()


def test_what_is_asked_all_the_time_is_not_traced(exporter: InMemorySpanExporter, settings: Settings) -> None:
    with serving(settings) as gateway:
        for path in ("/health/live", "/health/ready", "/metrics"):
            gateway.client.get(path)
    assert exporter.get_finished_spans() == ()


def ordered(store: Store, queue: Queue, number: int) -> str:
    """A job in a trace of its own, and that trace."""
    job = Job.new(CARD.method, 1, f"{number:064x}", 60)
    store.add(job, pack_frames(frames(number)))
    with tracing.span("order", tracing.NOTHING):
        queue.submit(job)
        return tracing.identified()["trace"]


def test_a_batch_is_in_the_trace_of_each_of_its_jobs(
    exporter: InMemorySpanExporter, drain: Drain, store: Store, queue: Queue
) -> None:
    traces = [ordered(store, queue, number) for number in (1, 2)]
    drain.run(queue.take(CARD.method, "tester", 2))
    drain.aside.settle()
    batches = [span for span in exporter.get_finished_spans() if span.name == "batch"]
    assert sorted(map(trace, batches)) == sorted(traces)
    assert [(span.attributes or {})["jobs"] for span in batches] == [2, 2]
    linked = [format_trace_id(span.links[0].context.trace_id) for span in batches]
    assert sorted(linked) == sorted(traces)
    assert all(one != trace(span) for one, span in zip(linked, batches, strict=True))


def test_of_an_error_only_the_kind_is_told(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="frames"), tracing.span("store"):
        raise ValueError("what was to be kept: frames")
    (span,) = exporter.get_finished_spans()
    assert (span.status.status_code, dict(span.attributes or {})) == (StatusCode.ERROR, {"error.type": "ValueError"})
    assert "kept" not in span.to_json()


if TYPE_CHECKING:
    _: type[tracing.Tracer] = Spans
