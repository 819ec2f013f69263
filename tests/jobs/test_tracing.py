"""Traces where nobody asks for them, and where the extra is missing."""

import subprocess
import sys

import pytest

from jobs import tracing

SCRIPT = """
import logging, sys
logging.basicConfig(format="%(message)s")
{before}
from jobs import tracing
tracing.start("worker")
with tracing.span("batch", {{}}, jobs=1):
    print(tracing.provider() is not None, dict(tracing.carried()) != {{}}, "opentelemetry.sdk" in sys.modules)
"""
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


def told(before: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    script = SCRIPT.format(before=before)
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=250
    )


@pytest.mark.parametrize("environment", [{}, {**ENDPOINT, "OTEL_SDK_DISABLED": "true"}], ids=["nothing", "disabled"])
def test_nothing_is_imported_unless_it_is_asked_for(environment: dict[str, str]) -> None:
    assert told(**environment).stdout.split() == ["False", "False", "False"]


def test_without_the_extra_it_says_what_to_install() -> None:
    run = told("sys.modules['opentelemetry.sdk'] = None", **ENDPOINT)
    assert run.stderr == "traces are asked for, but the extra is not installed: pip install 'nowcast[otel]'\n"
    assert run.stdout.split()[:2] == ["False", "False"]


def test_a_silent_tracer_makes_nothing() -> None:
    with tracing.span("batch"):
        assert tracing.carried() == tracing.identified() == {}
