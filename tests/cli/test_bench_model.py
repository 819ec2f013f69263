"""`nowcast bench model` and `nowcast bench precision` as a user types them."""

import json

import pytest
from click.testing import CliRunner

from cli.bench import BENCHES, command

TINY = ["model", "--model", "convlstm", "--model", "ms-convlstm", "--width", "4", "--side", "16"]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_counting_takes_no_time_and_puts_twins_side_by_side() -> None:
    found = json.loads(run("model", "--width", "4", "--side", "16", "--json"))
    assert [cost["model"] for cost in found[:2]] == ["convlstm", "ms-convlstm"]
    assert len(found) == 12
    assert not any("way" in cost for cost in found)


def test_races_for_every_batch_and_number_of_threads() -> None:
    found = json.loads(run(*TINY, "--rounds", "1", "--batch", "1", "--batch", "2", "--threads", "1", "--json"))
    laps = [lap for lap in found if "way" in lap]
    assert {(lap["model"], lap["batch"]) for lap in laps} == {
        (model, batch) for model in ("convlstm", "ms-convlstm") for batch in (1, 2)
    }
    assert all(lap["ratio"] > 0 and lap["threads"] == 1 for lap in laps)


def test_a_table_with_memory() -> None:
    shown = run(*TINY[:3], *TINY[5:], "--rounds", "1", "--threads", "1", "--memory")
    assert "reference" in shown


def test_precision_tells_the_error_of_shipped_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOWCAST_THREADS", "1")
    found = json.loads(run("precision", "--side", "64", "--storms", "1", "--horizon", "2", "--json"))
    assert all(0 <= error["decoded"] < 0.01 for error in found)


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_has_its_help(name: str) -> None:
    assert "Usage" in run(name, "--help")
