"""`nowcast bench data` as a user types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.bench_data import command
from radar.errors import BadInput
from tests.model.samples import blob, event_file

TINY = ("width=2", "depth=1", "past=2", "future=2", "crop=16", "batch=2", "bf16=false")


def test_as_a_table_and_as_json(tmp_path: Path) -> None:
    event_file(tmp_path / "a.nc", blob(8, 32, 32))
    shown = CliRunner().invoke(command, [str(tmp_path), *TINY, "--rounds", "1"], catch_exceptions=False)
    assert "training steps a second" in shown.output
    said = CliRunner().invoke(command, [str(tmp_path), *TINY, "--rounds", "1", "--json"], catch_exceptions=False)
    fields = json.loads(said.output)
    assert fields["batches_per_step"] == pytest.approx(fields["seconds_per_step"] / fields["seconds_per_batch"])


def test_a_folder_without_data(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no radar event"):
        CliRunner().invoke(command, [str(tmp_path), *TINY], catch_exceptions=False)
