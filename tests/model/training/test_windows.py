"""What a recipe asks of a data set."""

from pathlib import Path

import pytest

from model.training.parallel import ALONE, Crew
from model.training.windows import blocks, options, training, validating
from radar.errors import BadInput
from tests.model.samples import blob, event_file
from tests.model.training.tiny import CPU, data, tuned


def test_events_apart_are_not_trained_on(tmp_path: Path) -> None:
    folder = data(tmp_path, "one", "apart", "checked")
    recipe = tuned(held_out="apart", validation="checked")
    assert {window.event for window in training(recipe, folder, ALONE)} == {"one"}
    assert {window.event for window in validating(recipe, folder, ALONE)} == {"checked"}


@pytest.mark.parametrize("key", ["held_out", "validation"])
def test_a_name_that_is_no_event_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadInput, match="There is no event typo to hold out in"):
        training(tuned(**{key: "typo"}), data(tmp_path), ALONE)


def test_wide_events_come_coarser_too(tmp_path: Path) -> None:
    event_file(tmp_path / "wide.nc", blob(5, 66, 66))
    shapes = {window.past.shape[-2:] for window in training(tuned(coarsen="1,2,3"), tmp_path, ALONE)}
    assert shapes == {(66, 66), (33, 33), (22, 22)}


@pytest.mark.parametrize(("coarsen", "sizes"), [("", (1,)), ("1", (1,)), ("4,2", (1, 2, 4)), ("1,2,2", (1, 2))])
def test_coarsening_is_besides_not_at_all(coarsen: str, sizes: tuple[int, ...]) -> None:
    assert blocks(coarsen) == sizes


@pytest.mark.parametrize("coarsen", ["two", "1,2.5", "-2"])
def test_coarsening_is_by_whole_numbers(coarsen: str) -> None:
    with pytest.raises(BadInput, match=f"coarsen is whole numbers with commas, not '{coarsen}'"):
        blocks(coarsen)


def test_a_process_draws_its_share() -> None:
    asked = options(tuned(seed=7, moving=False), Crew(CPU, rank=1, size=2), frozenset())
    assert (asked.rank, asked.world, asked.seed, asked.moving) == (1, 2, 7, False)
    assert (asked.past, asked.future, asked.crop) == (3, 2, 16)
