"""`nowcast bench service` and `bench overhead` in small, on servers that are really there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli import bench_overhead, bench_service
from cli.bench_service import pasts, turned
from cli.contenders import environment
from cli.standings import Row, kept, shown, tell
from radar.errors import BadInput
from radar.formats import netcdf
from radar.synthetic import storm


def test_a_peer_is_raced() -> None:
    small = ["--side", "16", "--rate", "20", "--seconds", "1", "--rounds", "1", "--json"]
    done = CliRunner().invoke(bench_service.command, ["--server", "fastapi", *small])
    assert done.exit_code == 0, done.output
    row, full = json.loads(done.output)
    assert (row["server"], row["requests"], row["errors"]) == ("fastapi", 20, 0)
    assert 0 < row["p50"] <= row["p95"] <= row["p99"]
    assert row["resident"] > 50
    assert (full["rate"], full["errors"]) == (None, 0)
    assert min(full["achieved"], full["bare"]) > 0


def test_our_overhead_is_told_in_its_parts() -> None:
    small = ["--side", "16", "--past", "4", "--pairs", "2", "--rounds", "1", "--each", "2", "--json"]
    done = CliRunner().invoke(bench_overhead.command, small)
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["requests"] == 2
    assert 0 < found["engine, ms"] < found["request, ms"]
    assert all(found[f"of it {part}, ms"] > 0 for part in ("reading the request", "writing the answer"))
    assert found["processor time of the engine alone, ms"] > 0
    assert found["their median"] > 0


def test_a_row_is_told_before_the_next_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []

    def rows() -> Iterator[Row]:
        for number in range(2):
            yield Row("nowcast", number, 5.0, 2, 0, 1.0, 1.0, 2.0, 3.0, 1.0, 1.0, 0.0)
            told.append(capsys.readouterr().out)

    tell(rows())
    assert json.loads(f"{told[0]}]")[0]["round"] == 0
    assert [row["round"] for row in json.loads("".join([*told, capsys.readouterr().out]))] == [0, 1]


def test_rows_are_kept_as_they_come(tmp_path: Path) -> None:
    rows = [Row("nowcast", at, None, 2, 0, 3.0, 1.0, 2.0, 3.0, 1.0, 1.0, 0.0, 4.0) for at in range(2)]
    lengths = [len(json.loads((tmp_path / "rows").read_text())) for _ in kept(rows, tmp_path / "rows")]
    assert lengths == [1, 2]
    assert list(shown(rows).columns[-1].cells) == ["0.750"]


def test_each_round_has_another_order() -> None:
    assert [turned(["a", "b", "c"], number) for number in range(3)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
    ]


def test_real_frames_are_the_middle_of_files_that_are_large_enough(tmp_path: Path) -> None:
    for name, side in (("large", 40), ("small", 12)):
        (tmp_path / f"{name}.nc").write_bytes(netcdf.write(storm(shape=(side, side), frames=6)))
    (found,) = pasts(tmp_path, 32, 4)
    assert found.rain.shape == (4, 32, 32)
    with pytest.raises(BadInput, match="No NetCDF file"):
        pasts(tmp_path, 64, 4)


def test_a_ratio_is_taken_within_its_round() -> None:
    under: dict[str, Any] = {"requests": 2, "errors": 0, "achieved": 1.0, "p50": 1.0, "p99": 9.0, "cores": 1.0}
    rows = [
        Row(name, number, 5.0, p95=p95, resident=1.0, load_average=0.0, **under)
        for number, name, p95 in ((0, "nowcast", 10.0), (0, "mosec", 20.0), (1, "nowcast", 100.0), (1, "mosec", 200.0))
    ]
    assert list(shown(rows).columns[-2].cells) == ["1.00", "2.00"]


def test_a_peer_without_an_environment_is_refused() -> None:
    with pytest.raises(BadInput, match="--environments"):
        environment("mosec", "mosec", None)
