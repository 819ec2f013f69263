"""Presets: each is valid as a whole, said in the documentation, and finds its files where its feed has them."""

import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.region import Region
from jobs.region_file import declared
from tests.feed import Feed
from tests.workers.sources.feeds import NAMES, here, listed
from tests.workers.sources.pulling import HERE, NOON, Dict, pulled
from workers.sources.naming import expanded
from workers.sources.presets import PRESETS, Preset, main
from workers.sources.table import SOURCES, open_source

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_finds_its_files(feed: Feed, memory: Dict, name: str) -> None:
    wanted = PRESETS[name]
    cadence = timedelta(minutes=wanted.cadence_minutes)
    paths = [expanded(NAMES[name], time) for time in (NOON - cadence, NOON)]
    for path in paths:
        feed.publish(path, path.encode())
    names = [path.rpartition("/")[2] for path in paths]
    listed(feed, NOON)
    source = open_source(here(feed, wanted.source), cadence, memory, hosts=HERE)
    fetched = source.new_since(NOON - 2 * cadence, NOON)
    assert [(one.name, one.data, one.time) for one in fetched] == [
        (names[0], paths[0].encode(), NOON - cadence),
        (names[1], paths[1].encode(), NOON),
    ]


def test_the_folder_preset_finds_its_files(tmp_path: Path, memory: Dict) -> None:
    wanted = PRESETS["hko-folder"].source
    of = wanted.model_copy(update={"location": wanted.location.replace("/data", str(tmp_path))})
    file = tmp_path / "radar/2026/06/01/RAD260601120000.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"rain")
    source = open_source(of.model_copy(update={"options": {"settle_seconds": 0}}), timedelta(minutes=6), memory)
    assert pulled(source, None, NOON) == [(file.name, b"rain")]


@pytest.mark.parametrize("wanted", PRESETS.values(), ids=PRESETS)
def test_a_preset_is_whole(wanted: Preset) -> None:
    assert wanted.source.kind in SOURCES
    assert wanted.source.attribution
    assert wanted.licence
    assert wanted.page.startswith("https://")
    assert wanted.source.kind == "folder" or wanted.source.location.startswith(("https://", "s3://"))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_region(name: str) -> None:
    (region,) = declared(tomllib.loads(PRESETS[name].toml(name)))
    assert region.source == PRESETS[name].source
    assert (region.cadence_minutes, region.publish_delay_seconds) == (
        PRESETS[name].cadence_minutes,
        PRESETS[name].publish_delay_seconds,
    )


@pytest.mark.parametrize("name", PRESETS)
def test_the_documentation_shows_a_preset_as_it_is(name: str) -> None:
    text = (ROOT / "docs/sources.md").read_text()
    assert f"```toml\n{PRESETS[name].toml(name)}\n```" in text
    assert PRESETS[name].licence in text
    assert PRESETS[name].page in text


def test_the_command_prints_what_a_file_of_regions_takes() -> None:
    said = subprocess.run([sys.executable, "-m", "workers.sources.presets", "opera"], capture_output=True, check=True)
    regions: list[Region] = declared(tomllib.loads(said.stdout.decode()))
    assert [region.id for region in regions] == ["opera"]


def test_an_unknown_preset_names_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dwd"]) == 2
    assert "'dwd'; there are dwd-ry, dwd-rv, opera" in capsys.readouterr().err
