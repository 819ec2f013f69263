"""The networks by name, and what a card may say of one."""

from typing import Any

import pytest
import torch

from model.cells import ConvLSTM
from model.zoo import MODELS, Network
from radar.errors import BadCheckpoint, UnknownMethod
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
        ({"depth": 3}, "unknown fields: depth"),
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
        ({"model": "convlstn"}, "names a network 'convlstn'; there are convlstm"),
    ],
)
def test_what_a_card_may_not_say(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadCheckpoint, match=sentence):
        Network.of(fields)
