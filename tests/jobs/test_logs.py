"""Lines of the log."""

import json
import logging
import subprocess
import sys

from jobs.about import about
from jobs.logs import Lines, Text

SCRIPT = """
import logging
from jobs import logs
from jobs.settings import Settings
logs.start(Settings(log_format="json", log_level="info"))
for name in ("jobs.queue", "celery", "uvicorn.error"):
    logging.getLogger(name).info("more")
    logging.getLogger(name).warning("less")
"""


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    trace = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("jobs.queue", logging.INFO, __file__, 1, message, (), trace)


def failure() -> BaseException:
    try:
        raise ValueError("no\nsuch line")
    except ValueError as error:
        return error


def test_a_line_of_json_has_the_ids_of_what_it_is_about() -> None:
    with about(request="r", job="j"):
        said = json.loads(Lines().format(record('a "new" line\nof rain')))
    assert said.items() >= {"level": "info", "logger": "jobs.queue", "request": "r", "job": "j"}.items()
    assert said["message"] == 'a "new" line\nof rain'


def test_a_trace_of_calls_stays_in_its_line() -> None:
    line = Lines().format(record("failed", failure()))
    assert "\n" not in line
    assert "ValueError: no\nsuch line" in json.loads(line)["exception"]


def test_a_line_of_text_ends_with_the_ids() -> None:
    with about(region="here"):
        assert Text().format(record("pulled")).endswith("INFO jobs.queue: pulled [region=here]")
    assert Text().format(record("pulled")).endswith("INFO jobs.queue: pulled")


def test_the_level_is_for_our_own_lines() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    said = [json.loads(line) for line in run.stderr.splitlines()]
    assert [(line["logger"], line["message"]) for line in said] == [
        ("jobs.queue", "more"),
        ("jobs.queue", "less"),
        ("celery", "less"),
        ("uvicorn.error", "less"),
    ]
