"""A storm through the very pipeline that serves gives the numbers of `nowcast evaluate`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jobs import quantised
from radar.formats import netcdf
from radar.frames import Frames
from radar.synthetic import storm

pytestmark = pytest.mark.timeout(1800)

PROTOCOL = ("--past", "4", "--leads", "3", "--every", "3", "--thresholds", "0.5,2", "--json")


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storm, its rain to 0.01 mm/h as a history keeps it, that lacks a frame."""
    path = tmp_path_factory.mktemp("events") / "storm.nc"
    made = storm((40, 48), 16, seed=3)
    rain = np.stack([quantised.unpack(quantised.pack(frame)) for frame in made.rain])
    path.write_bytes(netcdf.write(Frames(rain, made.times, made.grid)))
    with xr.open_dataset(path) as dataset:
        holed = dataset.load().drop_isel(time=7)
    holed.to_netcdf(path)
    return path.parent


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "NOWCAST_THREADS": "1"}
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=800, check=False)


def scores(said: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What stands on each line of a report, without what it is called."""
    return {
        (one["method"], one["score"], one["threshold"], one["lead"]): (one["value"], one["count"], one["windows"])
        for one in json.loads(said)
    }


def test_both_count_the_same(events: Path) -> None:
    both = ("--method", "extrapolation", "--method", "persistence")
    expected = run("evaluate", str(events), *both, *PROTOCOL)
    assert expected.returncode == 0, expected.stderr
    replayed = run("replay", str(events), "--method", "extrapolation", "--speed", "600", *PROTOCOL)
    assert replayed.returncode == 0, replayed.stderr
    assert scores(replayed.stdout) == scores(expected.stdout)
    assert len(scores(replayed.stdout)) == 2 * 2 * 2 * 2


def test_bad_input_is_a_sentence(events: Path, tmp_path: Path) -> None:
    wrong = (
        (str(tmp_path),),
        (str(events), "--events", "none"),
        (str(events), "--thresholds", "wet"),
        (str(events), "--region", "A storm"),
        (str(events), "--leads", "20"),
    )
    for arguments in wrong:
        answer = run("replay", *arguments)
        assert answer.returncode == 2
        assert answer.stderr.startswith("nowcast: ")
        assert answer.stderr.count("\n") == 1
