"""The log of a process: lines of text for people or of JSON for machines, with the ids of what each is about."""

import json
import logging
from datetime import UTC, datetime

from jobs import tracing
from jobs.about import known
from jobs.settings import Settings

OURS = ("radar", "model", "jobs", "workers", "service", "cli")
"""Loggers that the level is for; of others only warnings are wanted."""
UVICORN = ("uvicorn", "uvicorn.access")
"""Loggers that bring handlers of their own."""


class Text(logging.Formatter):
    """A line for people; what it is about stands at its end."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        """The line without a trace."""
        ids = " ".join(f"{name}={said}" for name, said in identified().items())
        return super().formatMessage(record) + (f" [{ids}]" if ids else "")


class Lines(logging.Formatter):
    """A line of JSON; a trace of calls is a field, so that it stays one line."""

    def format(self, record: logging.LogRecord) -> str:
        """One object."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            **identified(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


FORMATS = {"text": Text, "json": Lines}


def identified() -> dict[str, str]:
    """The ids of the work at hand, with that of its trace when there is one."""
    return {**known(), **tracing.identified()}


def start(configured: Settings) -> None:
    """From now on this process writes its log as the settings say."""
    handler = logging.StreamHandler()
    handler.setFormatter(FORMATS[configured.log_format]())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in OURS:
        logging.getLogger(name).setLevel(configured.log_level.upper())
    for name in UVICORN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
