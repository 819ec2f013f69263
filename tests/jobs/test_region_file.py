"""Regions as a file declares them."""

from pathlib import Path

import pytest

from jobs.region_file import read
from radar.errors import BadInput

GOOD = """
[region.alps]
name = "The Alps"
cadence_minutes = 5
horizon = 24

[region.alps.grid]
height = 64
width = 64
transform = [3750, 0, 4321000, 0, -3750, 3210000]
crs = "EPSG:3035"

[region.alps.source]
kind = "folder"
location = "/radar/alps"
headers = {}

[region.sea]
cadence_minutes = 10
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "regions.toml"
    path.write_text(text)
    return path


def test_a_file_of_regions(tmp_path: Path) -> None:
    alps, sea = read(written(tmp_path, GOOD))
    assert (alps.id, alps.name, alps.horizon, alps.source and alps.source.location) == (
        "alps",
        "The Alps",
        24,
        "/radar/alps",
    )
    assert (sea.id, sea.grid, sea.source) == ("sea", None, None)


def test_no_region_is_a_file_too(tmp_path: Path) -> None:
    assert read(written(tmp_path, "")) == []


def test_every_fault_has_its_sentence(tmp_path: Path) -> None:
    text = GOOD.replace("horizon = 24", "horizon = 0\ncolour = 'blue'").replace("= 10", "= 7") + "\n[other]\n"
    path = written(tmp_path, text)
    with pytest.raises(BadInput) as raised:
        read(path)
    faults = str(raised.value).splitlines()
    assert [fault.startswith(f"{path}: ") and fault.endswith(".") for fault in faults] == [True] * 4
    for said in ("region.alps.horizon: ", "region.alps.colour: ", "region.sea: the cadence does not", "'other'"):
        assert any(said in fault for fault in faults), said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[region", "no TOML"),
        ("region = 1", "region holds"),
        ("[region]\nsea = 1", "region.sea: Input should be"),
        ("[region.Sea]\ncadence_minutes = 5", "region.Sea.id"),
        ("#" * (2**20 + 1), "at most"),
        ("a = " + "[" * 10_000, "without end"),
        ("", "cannot be read"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, sentence: str) -> None:
    path = written(tmp_path, text) if text else tmp_path / "none.toml"
    with pytest.raises(BadInput, match=sentence):
        read(path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "regions.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="UTF-8"):
        read(path)
