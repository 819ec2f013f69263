"""`nowcast verify` against a real server and archive."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.verify import command
from tests.workers.conftest import cycle, queue, redis, redis_server, redis_url, settings, store, wakes
from tests.workers.cycle import Cycle

__all__ = ["cycle", "queue", "redis", "redis_server", "redis_url", "settings", "store", "wakes"]


@pytest.fixture
def here(cycle: Cycle, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region that was verified, on the server and in the archive that commands ask."""
    cycle.run(5, 4, 3)
    monkeypatch.setenv("NOWCAST_REDIS_URL", redis_url)
    monkeypatch.setenv("NOWCAST_ARCHIVE", str(tmp_path))


@pytest.mark.parametrize(
    ("since", "tallies"),
    [
        ("2026-06-01", 2),
        ("2026-06-01T02:00:00+02:00", 2),
        ("2026-05-31T22:00:00-02:00", 2),
        ("2026-06-01T00:00:01Z", 0),
    ],
)
def test_since_is_taken_by_its_zone(here: None, since: str, tallies: int) -> None:
    answer = CliRunner().invoke(command, ["here", "--since", since, "--json"])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.output)["tallies"] == tallies
