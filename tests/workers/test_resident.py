"""Which networks stay in memory, and what becomes of those that do not."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from jobs.settings import Settings
from model import checkpoint
from radar.baselines import BASELINES
from radar.frames import Rain
from tests.model.samples import blob, card, frames, lively
from workers.answering import answer
from workers.methods import Methods, Plain, warmed
from workers.resident import OnDemand, Resident, renew

SETTINGS = Settings(precision="float32", compiled=False)
PAST = frames(blob(4, 24, 24))


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Three checkpoints of equal size."""
    made = [tmp_path / name for name in ("one", "two", "three")]
    for seed, folder in enumerate(made):
        checkpoint.write(folder, lively(seed=seed), card(method=folder.name, network=described()))
    return made


def described() -> dict[str, object]:
    return {"model": "ms-convlstm", "width": 8}


def methods_of(folders: list[Path], limit: int) -> tuple[dict[str, OnDemand], Resident]:
    resident = Resident(limit, partial(warmed, SETTINGS))
    return {folder.name: OnDemand(folder, checkpoint.read_card(folder), resident) for folder in folders}, resident


def held(resident: Resident) -> list[str]:
    return [folder.name for folder in resident.engines]


def size(folder: Path) -> int:
    return (folder / checkpoint.WEIGHTS).stat().st_size


def test_what_was_used_least_recently_makes_room(folders: list[Path]) -> None:
    methods, resident = methods_of(folders, 2 * size(folders[0]))
    for name in ("one", "two", "one", "three"):
        methods[name].forecast([PAST], 2)
    assert held(resident) == ["one", "three"]


def test_one_network_always_fits(folders: list[Path]) -> None:
    methods, resident = methods_of(folders, 1)
    for name in ("one", "two"):
        assert len(methods[name].forecast([PAST], 3)[0]) == 3
    assert held(resident) == ["two"]


def test_a_network_that_comes_back_says_the_same(folders: list[Path]) -> None:
    methods, _ = methods_of(folders, 1)
    before, between, after = (methods[name].outlook([PAST], 2)[0].frames.rain for name in ("one", "two", "one"))
    np.testing.assert_array_equal(before, after)
    assert not np.array_equal(before, between)


def test_all_stay_where_there_is_room(folders: list[Path]) -> None:
    methods, resident = methods_of(folders, 2**30)
    shapes = {name: method.shape(PAST) for name, method in methods.items()}
    assert held(resident) == ["one", "two", "three"]
    assert set(shapes.values()) == {(4, 24, 24)}


def rain(method: OnDemand) -> Rain:
    return method.outlook([PAST], 2)[0].frames.rain


def test_a_network_that_is_replaced_is_served_once_it_is_renewed(folders: list[Path]) -> None:
    methods, _ = methods_of(folders, 2**30)
    method, before, card_before = methods["one"], rain(methods["one"]), methods["one"].card
    written = checkpoint.write(folders[0], lively(seed=9), card(method="one", network=described()))
    assert method.lying.card == written
    np.testing.assert_array_equal(rain(method), before)
    assert method.card == card_before != written
    renew(method)
    assert method.card == written
    assert not np.array_equal(rain(method), before)


@pytest.mark.parametrize("part", [checkpoint.WEIGHTS, checkpoint.CARD])
def test_a_network_that_is_replaced_in_part_is_served_as_it_was(
    folders: list[Path], part: str, caplog: pytest.LogCaptureFixture
) -> None:
    methods, _ = methods_of(folders, 2**30)
    method, before = methods["one"], rain(methods["one"])
    other = folders[0] / "other"
    written = checkpoint.write(other, lively(seed=9), card(method="one", network=described()))
    checkpoint.put(folders[0] / part, (other / part).read_bytes())
    for _ in range(3):
        renew(method)
        np.testing.assert_array_equal(rain(method), before)
    assert len(caplog.messages) == 1
    for name in (checkpoint.WEIGHTS, checkpoint.CARD):
        checkpoint.put(folders[0] / name, (other / name).read_bytes())
    renew(method)
    assert method.card == written


def test_weights_that_were_replaced_are_not_served_under_the_old_card(folders: list[Path]) -> None:
    methods, _ = methods_of(folders, 1)
    methods["one"].forecast([PAST], 2)
    methods["two"].forecast([PAST], 2)
    checkpoint.write(folders[0], lively(seed=9), card(method="one", network=described()))
    known: Methods = {**methods, **{name: Plain(baseline) for name, baseline in BASELINES.items()}}
    assert methods["one"].max_batch == 1
    assert methods["one"].shape(PAST) == PAST.rain.shape
    nowcast = answer(known, "one", [PAST], 2)[0]
    assert (nowcast.asked_for, nowcast.method) == ("one", "extrapolation")
