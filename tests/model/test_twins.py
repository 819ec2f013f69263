"""Twins are trained alike, tested on the same windows, and compared by two averages."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model.data.window import Window
from model.recipe import Recipe
from model.twins import PERSISTENCE, Errors, Trial, errors, spread, trials, twins
from model.zoo import Network
from radar.errors import BadInput
from tests.model.samples import blob, event_file

TINY = Recipe(
    width=4, depth=3, patch=1, residual=False, moving=False, matched=False, thresholds="", loss="mse+mae", bf16=False
)
SHORT = {"past": 3, "future": 2, "crop": 16, "batch": 2, "steps": 2, "coarsen": "1", "held_out": "apart"}


def tiny(**fields: object) -> Recipe:
    return Recipe(**{**vars(TINY), **SHORT, **fields})


def window(known: list[float], future: list[float]) -> Window:
    """Frames of 4 x 4 equal pixels."""
    past, after = (
        np.array(values, np.float32)[:, None, None, None].repeat(4, 2).repeat(4, 3) for values in (known, future)
    )
    return Window(past, after, np.ones((len(known) + len(future), 1, 4, 4), bool))


def test_twins_differ_in_model_and_seed_alone() -> None:
    recipes = twins(tiny(seed=5), ["convlstm", "mim"], 2)
    assert [(one.model, one.seed) for one in recipes] == [
        (model, seed) for seed in (5, 6) for model in ("convlstm", "ms-convlstm", "mim", "ms-mim")
    ]
    assert {tuple(value for key, value in vars(one).items() if key not in ("model", "seed")) for one in recipes} == {
        tuple(value for key, value in vars(recipes[0]).items() if key not in ("model", "seed"))
    }


def test_both_averages_by_hand() -> None:
    found = errors(None, [window([0.0, 0.2], [0.5, 0.1])])  # persistence is off by .2 in the past, then by .3 and .1
    assert found.forecast_mse == pytest.approx((0.09 + 0.01) / 2)
    assert found.forecast_mae == pytest.approx((0.3 + 0.1) / 2)
    assert found.rollout_mse == pytest.approx((0.04 + 0.09 + 0.01) / 3)
    assert found.rollout_mae == pytest.approx((0.2 + 0.3 + 0.1) / 3)


def test_what_was_not_observed_does_not_count() -> None:
    one = window([0.0, 0.0], [0.5, 0.5])
    one.mask[2:, :, :2] = False
    one.future[:, :, :2] = np.nan
    assert errors(None, [one]).forecast_mae == pytest.approx(0.5)


def test_a_fresh_residual_network_errs_as_persistence() -> None:
    one = window([0.0, 0.2, 0.3], [0.5, 0.1])
    network = Network("ms-convlstm", width=4, depth=3, residual=True).build()
    assert vars(errors(network, [one])) == pytest.approx(vars(errors(None, [one])), abs=1e-6)


def test_trials_are_trained_once(tmp_path: Path) -> None:
    for name in ("one", "apart"):
        event_file(tmp_path / "data" / f"{name}.nc", blob(12, 16, 16))
    recipes = twins(tiny(), ["convlstm"], 1)
    found = list(trials(recipes, tmp_path / "data", tmp_path / "out", 3))
    assert [(trial.model, trial.seed) for trial in found] == [
        (PERSISTENCE, None),
        ("convlstm", recipes[0].seed),
        ("ms-convlstm", recipes[0].seed),
    ]
    assert len({trial.errors.forecast_mse for trial in found}) == 3
    torch.manual_seed(0)
    before = (tmp_path / "out" / f"convlstm-{recipes[0].seed}" / "log.jsonl").read_text()
    assert list(trials(recipes, tmp_path / "data", tmp_path / "out", 3)) == found
    assert (tmp_path / "out" / f"convlstm-{recipes[0].seed}" / "log.jsonl").read_text() == before


def test_nothing_to_test_on_is_said(tmp_path: Path) -> None:
    event_file(tmp_path / "data" / "one.nc", blob(12, 16, 16))
    with pytest.raises(BadInput):
        list(trials(twins(tiny(held_out=""), ["convlstm"], 1), tmp_path / "data", tmp_path / "out", 3))


def test_the_spread_over_seeds() -> None:
    found = [Trial("mim", seed, 1, Errors(error, 0, 0, 0)) for seed, error in enumerate((0.1, 0.2, 0.3))]
    assert spread(found, "mim", "forecast_mse").mean == pytest.approx(0.2)
    assert spread(found, "mim", "forecast_mse").deviation == pytest.approx(0.1)
    assert spread(found[:1], "mim", "forecast_mse").deviation is None
