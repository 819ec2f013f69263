"""Our networks with the reference's weights: its numbers from the golden files, and every kind of weights loads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model import foreign, reference
from model.zoo import MODELS, Network
from radar.errors import BadCheckpoint
from tests import parity
from tests.model.golden_files import foreign_weights, made_file, named
from tests.model.samples import lively, pixels

GOLDEN = Path(__file__).parents[2].parent / "shared/golden"
FILES = sorted(GOLDEN.glob("*.npz"))
PARAMETERS = {
    "convlstm": 1_772_737,
    "trajgru": 1_915_705,
    "predrnn": 3_594_817,
    "predrnn++": 5_608_513,
    "mim": 7_361_473,
    "motionrnn": 7_560_547,
}
"""At width 64, one channel, ten links, counted in the reference."""
UNUSED = {
    "predrnn++": 738_560,
    "mim": 627_776 + 5 * 2 * (64 * 64 * 9 + 64),
    "motionrnn": 660_955 + 5 * 2 * (64 * 64 * 9 + 64),
}
"""What never reaches the output: whole convolutions, and the rows of the forget gate in five layers."""


@pytest.mark.skipif(not FILES, reason=f"the reference vectors are not at {GOLDEN}")
@pytest.mark.parametrize("path", FILES or [GOLDEN], ids=lambda path: path.stem)
def test_a_golden_file_is_reproduced(path: Path) -> None:
    found = parity.differences(path)
    assert len(found) >= 8
    assert {name: gap for name, gap in found.items() if not gap[0] <= gap[1]} == {}


@pytest.mark.parametrize("model", MODELS)
def test_the_reference_weights_of_every_kind_load(model: str, tmp_path: Path) -> None:
    path = made_file(tmp_path, model, seed=5)
    about = {"model": model, "config": {"hidden_channels": 8, "kernel_size": 3, "input_channels": 1, "links": 3}}
    with np.load(path) as archive:
        held = {name: torch.from_numpy(archive[name]) for name in archive.files}
    single, double = (parity.loaded(about, held, precision) for precision in (torch.float32, torch.float64))
    assert held["output"].std() > 0.01  # agreement is no accident
    found = parity.alone(single, held)
    for network in (single, double):
        parity.mix(network)
    found |= parity.rollouts(single, double, held)
    assert {name: gap for name, gap in found.items() if not gap[0] <= gap[1]} == {}


@pytest.mark.parametrize("model", PARAMETERS)
def test_the_names_and_shapes_add_up_to_the_reference(model: str) -> None:
    sizes = {name: int(np.prod(shape)) for name, shape in named(Network(model, reference=True))}
    assert sum(sizes.values()) == PARAMETERS[model]


@pytest.mark.parametrize("model", PARAMETERS)
def test_nothing_is_dropped_but_what_never_matters(model: str) -> None:
    with torch.device("meta"):
        made = Network(model, reference=True).build()
    merged = sum(list(ours.parameters())[1].numel() * (len(names) - 1) for ours, names, _ in reference.joins(made))
    kept = sum(parameter.numel() for parameter in made.parameters())
    assert PARAMETERS[model] - kept - merged == UNUSED.get(model, 0)


@pytest.mark.parametrize("family", PARAMETERS)
@pytest.mark.parametrize("reference", [False, True])
@torch.no_grad()
def test_plain_and_multi_scale_agree_where_all_scales_are_one(family: str, reference: bool) -> None:
    plain = lively(family, reference=reference)
    multi = lively(f"ms-{family}", seed=1, reference=reference, scales=(1,) * 6)
    multi.load_state_dict(plain.state_dict())
    past = pixels(2, 3, 1, 8, 12)
    assert torch.equal(plain(past, 2), multi(past, 2))


def weights(network: Network) -> dict[str, torch.Tensor]:
    return foreign_weights(network, lively(**network.fields()))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ["embed.conv_embed.weight", "fc.conv_fc.bias", "rnns.lstm.3."])
def test_a_missing_name_is_said(model: str, name: str) -> None:
    network = Network(model, width=4, reference=True)
    kept = {key: tensor for key, tensor in weights(network).items() if f".{name}" not in key}
    with pytest.raises(BadCheckpoint, match=rf"^The reference checkpoint has no {name}\S*: is it of another model\?$"):
        reference.load(network.build(), kept)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("other", [Network(width=8), Network(width=4, kernel=5), Network(width=4, channels=2)])
def test_other_sizes_are_refused(model: str, other: Network) -> None:
    kept = weights(Network(model, width=4, reference=True))
    with pytest.raises(
        BadCheckpoint, match=r"^The reference checkpoint has other widths or kernels than the network.$"
    ):
        reference.load(replace(other, model=model, reference=True).build(), kept)


@pytest.mark.parametrize("theirs", PARAMETERS)
@pytest.mark.parametrize("model", PARAMETERS)
def test_weights_of_another_family_are_refused(model: str, theirs: str) -> None:
    if model == theirs:
        return
    kept = {
        name.removeprefix("module."): tensor
        for name, tensor in weights(Network(theirs, width=4, reference=True)).items()
    }
    with pytest.raises(BadCheckpoint, match=r"^The reference checkpoint has .*[.?]$"):
        foreign.load(foreign.network_of(model, kept, {}), kept)


def test_a_file_that_cannot_be_compared_is_a_line_and_not_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.npz").write_bytes(b"<html>")
    (tmp_path / "broken.json").write_text("{}")
    (tmp_path / "lonely.npz").write_bytes(b"")
    assert parity.main(tmp_path) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["broken", "lonely"]
    assert all("cannot be compared" in line and line.endswith("differs") for line in lines)
    assert last == "0 of 2 ok"
