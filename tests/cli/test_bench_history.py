"""`nowcast bench history` in small."""

import json

from click.testing import CliRunner

from cli.bench_history import APPENDS, command


def test_every_history_is_full_and_every_append_counted() -> None:
    done = CliRunner().invoke(command, ["--regions", "3", "--hours", "2", "--side", "16", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert (found["regions"], found["frames of each"]) == (3, 24)
    assert 0 < found["server time of an append, us"]["mean"] < 1e6
    assert APPENDS >= 100
