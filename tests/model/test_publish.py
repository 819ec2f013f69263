"""A published checkpoint says how it was made and how well it does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit

from model import checkpoint
from model.engine import Engine
from model.nowcaster import Nowcaster
from model.publish import blank_card, publish
from model.recipe import Recipe
from model.training.start import network_of
from radar.baselines import BASELINES
from radar.card import Card, Source
from radar.errors import BadInput
from tests.model.samples import blob, event_file, frames

RECIPE = Recipe(width=8, patch=2, past=4, crop=40, held_out="apart", validation="checked", steps=1)


def data(folder: Path) -> Path:
    """Three events to train on, of two institutions, two that teach nothing, one to calibrate on, one to score on."""
    event_file(folder / "alps.nc", blob(20, 40, 48), institution="Alps", license="CC BY 4.0", attribution="The Alps")
    event_file(folder / "alps2.nc", blob(20, 40, 48), institution="Alps", license="CC BY 4.0", attribution="The Alps")
    event_file(folder / "coast.nc", blob(20, 40, 48), institution=None, attribution="The Coast")
    event_file(folder / "short.nc", blob(15, 40, 48), attribution="Too short")
    event_file(folder / "narrow.nc", blob(20, 40, 32), attribution="Too narrow")
    event_file(folder / "checked.nc", blob(60, 40, 48), attribution="Nobody either")
    event_file(folder / "apart.nc", blob(40, 40, 48), attribution="Nobody")
    return folder


def trained() -> Nowcaster:
    """Persistence but for a little rain everywhere."""
    torch.manual_seed(0)
    made = network_of(RECIPE).build()
    torch.nn.init.constant_(torch.as_tensor(made.head.bias), 0.01)
    return made


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Card, Path, Nowcaster]:
    """A checkpoint: nothing below changes it."""
    folder, made = tmp_path_factory.mktemp("published"), trained()
    return publish(RECIPE, data(folder / "data"), made, folder / "out"), folder / "out", made


Published = tuple[Card, Path, Nowcaster]


def test_a_network_of_ten_minute_radar_says_so(tmp_path: Path) -> None:
    for name in ("one", "checked", "apart"):
        event_file(tmp_path / f"{name}.nc", blob(40, 40, 48), range(0, 400, 10), cadence_minutes=np.int32(10))
    card = publish(RECIPE, tmp_path, trained(), tmp_path / "out")
    assert card.cadence_minutes == (10, 10)
    assert "10-minute radar" in card.summary
    assert {score.lead for score in card.scores} == {"10-120", "120"}


def test_a_network_learns_one_step_of_time(tmp_path: Path) -> None:
    event_file(tmp_path / "ten.nc", blob(40, 40, 48), range(0, 400, 10), cadence_minutes=np.int32(10))
    with pytest.raises(BadInput, match=r"Frames are 5 \(\w+\) and 10 \(ten\) minutes apart"):
        publish(RECIPE, data(tmp_path), trained(), tmp_path / "out")


def test_what_is_published_is_a_checkpoint(published: Published) -> None:
    card, folder, made = published
    network, read = checkpoint.read(folder)
    assert read == card
    past = [frames(blob(4, 16, 16))]
    ours, theirs = (Engine(network, card).forecast(past, 3) for network in (made, network))
    np.testing.assert_array_equal(ours[0].rain, theirs[0].rain)


def test_its_card_tells_the_training(published: Published) -> None:
    card, *_ = published
    assert card.method == RECIPE.model
    assert card.training is not None
    assert card.training["events"] == ["alps", "alps2", "coast"]
    assert {name: card.training[name] for name in vars(RECIPE)} == vars(RECIPE)
    assert card.network == network_of(RECIPE).fields()
    assert card.max_frames == RECIPE.past


def test_its_card_thanks_the_sources_it_was_trained_on(published: Published) -> None:
    alps = Source(name="Alps", licence="CC BY 4.0", attribution="The Alps")
    assert published[0].data == (alps, Source(name="not stated", licence="CC0", attribution="The Coast"))


def test_its_card_scores_it_beside_the_baselines(published: Published) -> None:
    scores = published[0].scores
    assert {score.method for score in scores} == {RECIPE.model, *BASELINES}
    assert {score.windows for score in scores} == {3}
    assert len({(score.score == "bss", score.protocol) for score in scores}) == 2
    assert {score.lead for score in scores} == {"5-60", "60"}
    assert {score.score for score in scores} == {"csi", "bias", "bss"}
    counts = {(score.lead, score.count) for score in scores}
    assert counts == {("5-60", 3 * 12 * 40 * 48), ("60", 3 * 40 * 48)}


def test_its_chances_are_calibrated_on_the_validation_events(published: Published) -> None:
    card, *_ = published
    assert card.calibration is not None
    assert card.calibration.shape == (24, 5)
    # it has learnt nothing and always says a half: what is said now is how often it came, and less for more rain
    often = expit([row for row in card.calibration.offset])
    assert (often < 0.5).all()
    assert (np.diff(often, axis=1) < 0).all()


@pytest.mark.parametrize("fields", [{"validation": ""}, {"thresholds": ""}])
def test_without_events_or_chances_there_is_nothing_to_calibrate(tmp_path: Path, fields: dict[str, str]) -> None:
    recipe = replace(RECIPE, held_out="apart,checked" if "validation" in fields else "apart", **fields)  # type: ignore[arg-type]
    card = publish(recipe, data(tmp_path / "data"), network_of(recipe).build(), tmp_path / "out")
    assert card.calibration is None


def test_a_network_of_another_data_set_is_written_without_scores(tmp_path: Path) -> None:
    no_rain = "data=moving-mnist moving=false matched=false thresholds= coarsen=1 loss=mse+mae width=8"
    recipe = Recipe.parse(no_rain.split())
    card = publish(recipe, tmp_path, network_of(recipe).build(), tmp_path / "out")
    assert (card.scores, card.calibration, card.cadence_minutes) == ((), None, None)
    assert "moving-mnist, which is no rain" in card.summary
    assert checkpoint.read(tmp_path / "out")[1] == card


def test_hko7_thanks_its_owner() -> None:
    card = blank_card(Recipe(data="hko7", width=8), [])
    assert card.cadence_minutes == (6, 6)
    assert "Hong Kong Observatory" in card.data[0].attribution
