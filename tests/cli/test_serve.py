"""What `nowcast serve` refuses before it starts anything."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.serve import check_port, valkey
from radar.errors import BadInput
from tests.servers import free_port

WORKER = ("--role", "worker")
COMPUTING = (*WORKER, "--role", "gateway")


def serve(data: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", "serve", "--port", str(free_port()), "--data", str(data), *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("NOWCAST_THREADS", "abc", "NOWCAST_THREADS is wrong"),
        ("NOWCAST_REDIS_URL", "foo://x", "NOWCAST_REDIS_URL is wrong"),
        ("NOWCAST_REDIS_URL", "", "NOWCAST_REDIS_URL is wrong"),
        ("NOWCAST_ARCHIVE", "ftq://radar/nowcast", "NOWCAST_ARCHIVE begins with 'ftq', which cannot be opened"),
        ("NOWCAST_CHECKPOINTS", "/no/such/folder", "NOWCAST_CHECKPOINTS is wrong"),
    ],
)
def test_a_setting_that_is_wrong(tmp_path: Path, variable: str, value: str, sentence: str) -> None:
    said = serve(tmp_path, **{variable: value})
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert sentence in said.stderr


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [("NOWCAST_DEVICE", "banana", "torch does not know"), ("NOWCAST_METHOD", "dice", "there are ensemble")],
)
def test_a_setting_that_no_worker_can_start_with_stops_everything(
    tmp_path: Path, variable: str, value: str, sentence: str
) -> None:
    roles = () if variable == "NOWCAST_DEVICE" else COMPUTING
    said = serve(tmp_path, *roles, **{variable: value})
    assert said.returncode == 2
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr


def test_a_checkpoint_that_is_named_and_broken_stops_everything(tmp_path: Path) -> None:
    folder = tmp_path / "more" / "mine"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{}")
    said = serve(tmp_path / "data", *COMPUTING, NOWCAST_CHECKPOINTS=str(tmp_path / "more"), NOWCAST_METHOD="mine")
    assert said.returncode == 2
    assert "is not a card" in said.stderr


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = serve(tmp_path / "file" / "data")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)


def test_a_worker_that_belongs_to_no_gateway_is_refused(tmp_path: Path) -> None:
    said = serve(tmp_path / "data", *WORKER)
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "set NOWCAST_REDIS_URL" in said.stderr
    assert not (tmp_path / "data").exists()


def test_a_port_for_metrics_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadInput, match="The metrics server cannot"):
        check_port("metrics server", *taken.getsockname())


def test_a_file_of_regions_that_is_wrong_is_told_fault_by_fault(tmp_path: Path) -> None:
    file = tmp_path / "regions.toml"
    file.write_text("[region.a]\ncadence_minutes = 7\n[region.B]\ncadence_minutes = 5\n")
    said = serve(tmp_path / "data", "--regions", str(file))
    assert (said.returncode, said.stderr.count("\n")) == (2, 2)
    assert "region.a: the cadence does not divide a day" in said.stderr
    assert "region.B.id" in said.stderr


def test_a_file_of_regions_that_is_not_there(tmp_path: Path) -> None:
    said = serve(tmp_path / "data", "--regions", str(tmp_path / "none.toml"))
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "cannot be read" in said.stderr


def test_the_folder_of_the_embedded_store_is_its_users_only(tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir(mode=0o755)
    valkey(tmp_path, {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)})
    assert (tmp_path / "valkey").stat().st_mode & 0o777 == 0o700
