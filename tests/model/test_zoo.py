"""The networks by name, and what a card may say of one."""

import json
from typing import Any

import pytest
import torch

from model.cells import ConvLSTM
from model.zoo import MODELS, Network
from radar.errors import BadCheckpoint, BadInput, UnknownMethod
from tests.model.samples import pixels

REFERENCE_PARAMETERS = {"convlstm": 1_772_737, "ms-convlstm": 1_772_737}
"""At width 64, one channel, from the reference."""
MERGED_BIASES = {"convlstm": 6 * 4 * 64, "ms-convlstm": 6 * 4 * 64}
"""The reference adds two convolutions, each with a bias for its four gates; ours is one, with one bias a layer."""


def test_every_line_of_cells_comes_plain_and_multi_scale() -> None:
    plain = {name for name in MODELS if not name.startswith("ms-")}
    assert "convlstm" in plain
    assert sorted(MODELS) == sorted(plain | {f"ms-{name}" for name in plain})


@pytest.mark.parametrize("model", MODELS)
def test_a_name_says_the_scales(model: str) -> None:
    made = Network(model, width=4).build()
    assert made.stack.scales == ((1, 2, 4, 4, 2, 1) if model.startswith("ms-") else (1,) * 6)


@pytest.mark.parametrize(
    ("depth", "scales"),
    [(1, (1,)), (2, (1, 1)), (3, (1, 2, 1)), (4, (1, 2, 2, 1)), (5, (1, 2, 4, 2, 1)), (8, (1, 2, 4, 4, 4, 4, 2, 1))],
)
def test_multi_scale_of_any_depth_halves_twice_at_most(depth: int, scales: tuple[int, ...]) -> None:
    assert Network("ms-convlstm", width=4, depth=depth).build().stack.scales == scales
    assert Network("convlstm", width=4, depth=depth).build().stack.scales == (1,) * depth


@pytest.mark.parametrize("model", MODELS)
def test_scales_of_ones_own(model: str) -> None:
    network = Network(model, width=4, depth=4, scales=(1, 2, 2, 1))
    assert network.build().stack.scales == (1, 2, 2, 1)
    assert Network.of(json.loads(json.dumps(network.fields()))) == network


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("depth", [-1, 0, 1, 33])
def test_a_depth_that_makes_no_sense(model: str, depth: int) -> None:
    if depth == 1 and model.removeprefix("ms-") in {"convlstm", "trajgru", "predrnn"}:
        assert len(Network(model, width=4, depth=1).build().stack.layers) == 1
        return
    with pytest.raises(BadInput, match=rf"^The depth is out of range: \S+ has {1 + needs_two(model)} to 32 layers.$"):
        Network(model, width=4, depth=depth).build()


def needs_two(model: str) -> bool:
    """True where the first and the second layer, or the last, are not alike."""
    return model.removeprefix("ms-") in {"predrnn++", "mim", "motionrnn"}


@pytest.mark.parametrize("model", ["convlstm", "ms-convlstm"])
def test_convlstm_is_six_equal_layers(model: str) -> None:
    layers = Network(model, width=4, kernel=5).build().stack.layers
    assert [type(layer) for layer in layers] == [ConvLSTM] * 6
    assert {tuple(p.shape) for layer in layers for p in layer.parameters()} == {(16, 8, 5, 5), (16,)}


@pytest.mark.parametrize("model", REFERENCE_PARAMETERS)
def test_parameters_are_the_reference_less_the_merged_biases(model: str) -> None:
    with torch.device("meta"):
        count = sum(parameter.numel() for parameter in Network(model, width=64).build().parameters())
    assert count == REFERENCE_PARAMETERS[model] - MERGED_BIASES[model] == 1_771_201


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_kernels(kernel: int) -> None:
    made = Network(width=4, kernel=kernel).build()
    assert made(pixels(1, 2, 1, 8, 8), 2).shape == (1, 3, 1, 8, 8)


@pytest.mark.parametrize("model", ["", "ConvLSTM", "ms-", "ms-ms-convlstm", "convlstm-ms-", "persistence"])
def test_an_unknown_name_is_refused_with_those_there_are(model: str) -> None:
    with pytest.raises(UnknownMethod, match=f"There is no network '{model}'; there are convlstm, .*ms-convlstm"):
        Network(model).build()


@pytest.mark.parametrize("model", MODELS)
def test_the_fields_of_a_card_come_back(model: str) -> None:
    network = Network(model, width=12, kernel=5, patch=2, residual=True)
    assert Network.of(network.fields()) == network


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"layers": 3}, "unknown fields: layers"),
        ({"width": "64"}, "wrong type: width"),
        ({"width": 64.0}, "wrong type: width"),
        ({"width": True}, "wrong type: width"),
        ({"residual": 1}, "wrong type: residual"),
        ({"model": None, "patch": None}, "wrong type: model, patch"),
        ({"width": 0}, "out of range"),
        ({"width": 1025}, "out of range"),
        ({"kernel": 2}, "out of range"),
        ({"kernel": 9}, "out of range"),
        ({"patch": 0}, "out of range"),
        ({"patch": 9}, "out of range"),
        ({"channels": 0}, "out of range"),
        ({"channels": 10**9}, "out of range"),
        ({"links": 0}, "out of range"),
        ({"links": 65}, "out of range"),
        ({"scales": "1,2,1"}, "wrong type: scales"),
        ({"thresholds": "1,2"}, "wrong type: thresholds"),
        ({"thresholds": [2.0, 1.0]}, "rising rain rates above 0"),
        ({"thresholds": [0.0, 1.0]}, "rising rain rates above 0"),
        ({"scales": [1, 2.0, 1]}, "wrong type: scales"),
        ({"scales": [1, True, 1]}, "wrong type: scales"),
        ({"scales": []}, "and be 6, one for each layer"),
        ({"scales": [1, 2, 2, 1]}, "and be 6, one for each layer"),
        ({"scales": [1, 2, 2, 2], "depth": 4}, "must begin and end at 1, mirror each other"),
        ({"scales": [1, -1, 1], "depth": 3}, "must begin and end at 1, mirror each other"),
        ({"scales": [1, 0, 1], "depth": 3}, "must begin and end at 1, mirror each other"),
        ({"scales": [1, 128, 1], "depth": 3}, "scales are out of range"),
        ({"scales": [1, 10**4000, 1], "depth": 3}, "scales are out of range"),
        ({"scales": [1, 3, 1, 5, 1, 7, 1], "depth": 7}, "scales are out of range"),
        ({"depth": 10**4000}, "depth is out of range"),
        ({"depth": 6.0}, "wrong type: depth"),
        ({"depth": 1, "model": "mim"}, "mim has 2 to 32 layers"),
        ({"model": "convlstn"}, "There is no network 'convlstn'; there are convlstm"),
    ],
)
def test_what_a_card_may_not_say(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadCheckpoint, match=sentence) as caught:
        Network.of(fields)
    assert len(str(caught.value)) < 300
