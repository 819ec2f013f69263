"""What a nowcast costs by grid, measured in processes of their own."""

import json

import pytest
from click.testing import CliRunner

from cli.bench_grids import Measured, alone, command, measured, sides
from cli.footprint import Footprint, Task
from radar.errors import BadInput, NowcastError


@pytest.mark.parametrize("shape", ["", "12", "0x5", "4097x1", "1x-1", "axb", "1x2x3"])
def test_a_shape_is_two_sides(shape: str) -> None:
    with pytest.raises(BadInput, match="HEIGHTxWIDTH"):
        sides(shape)


def test_height_comes_first() -> None:
    assert sides("760x1226") == (760, 1226)


def test_every_method_is_measured_on_every_shape() -> None:
    asked = ["--method", "extrapolation", "--method", "persistence", "--shape", "40x72", "--leads", "2", "--json"]
    made = CliRunner().invoke(command, asked, catch_exceptions=False)
    found = json.loads(made.output)
    assert [one["task"]["method"] for one in found] == ["extrapolation", "persistence"]
    assert all(one["task"]["height"] == 40 and one["runs"][0]["cpu_seconds"] > 0 for one in found)


def test_figures_are_medians_over_runs() -> None:
    runs = Footprint(1.0, 5.0, 9.0), Footprint(2.0, 3.0, 7.0), Footprint(9.0, 4.0, 8.0)
    assert Measured(Task("persistence", 8, 8, 4, 1), runs).middle == Footprint(2.0, 4.0, 8.0)


def test_a_longer_forecast_needs_no_more_than_its_own_memory() -> None:
    short, long = measured([Task("extrapolation", 512, 512, 4, leads) for leads in (2, 26)], rounds=1)
    frame = 512 * 512 * 4 / 2**20
    assert long.middle.mib - short.middle.mib < 3 * 24 * frame


def test_what_failed_says_why() -> None:
    with pytest.raises(NowcastError, match="no method 'rainbow'"):
        alone(Task("rainbow", 64, 64, 4, 1))
