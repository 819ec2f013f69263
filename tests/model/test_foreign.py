"""Files of the reference's weights: any way they may be saved, and any way they may be bad."""

import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor

from model import foreign
from model.zoo import MODELS, Network
from radar.errors import BadCheckpoint, BadInput
from tests.model.golden_files import foreign_weights
from tests.model.samples import lively, pixels

SMALL = Network("ms-convlstm", width=4, reference=True)


def weights(network: Network = SMALL) -> dict[str, Tensor]:
    return {name: tensor.float() for name, tensor in foreign_weights(network, lively(**network.fields())).items()}


def saved(path: Path, content: object, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


WAYS: dict[str, Callable[[Path, dict[str, Tensor]], object]] = {
    "torch": lambda path, kept: torch.save(kept, path),
    "old torch": lambda path, kept: torch.save(kept, path, _use_new_zipfile_serialization=False),
    "nested": lambda path, kept: torch.save({"epoch": 3, "state_dict": kept}, path),
    "bare": lambda path, kept: torch.save({name.removeprefix("module."): t for name, t in kept.items()}, path),
    "float64": lambda path, kept: torch.save({name: tensor.double() for name, tensor in kept.items()}, path),
    "parameters": lambda path, kept: torch.save({name: torch.nn.Parameter(t) for name, t in kept.items()}, path),
    "safetensors": lambda path, kept: save_file(kept, path),
}


@pytest.mark.parametrize("way", WAYS)
@torch.no_grad()
def test_however_they_are_saved(tmp_path: Path, way: str) -> None:
    WAYS[way](tmp_path / "file", weights())
    theirs = foreign.read(tmp_path / "file")
    network = foreign.network_of("ms-convlstm", theirs, {})
    past = pixels(1, 2, 1, 8, 12)
    wanted = lively(**SMALL.fields())(past, 2)
    torch.testing.assert_close(foreign.load(network, theirs)(past, 2), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "sizes", [{}, {"kernel": 5, "links": 3}, {"kernel": 1, "links": 1, "channels": 2, "depth": 4}], ids=str
)
def test_the_sizes_are_seen_in_the_shapes(model: str, sizes: dict[str, Any]) -> None:
    links = {} if "trajgru" in model else {"links": 10}
    network = Network(**{"model": model, "width": 4, "reference": True, **sizes, **links})
    theirs = {name.removeprefix("module."): tensor for name, tensor in weights(network).items()}
    assert foreign.network_of(model, theirs, {"width": None}) == network
    assert foreign.network_of(model, theirs, {"width": 4}) == network


def refused(path: Path, sentence: str) -> None:
    with pytest.raises(BadCheckpoint, match=sentence) as caught:
        foreign.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"state_dict": {}},
        {"epoch": 3},
        {"a": torch.ones(2), "b": "text"},
        {3: torch.ones(2)},
        {"a": torch.ones(2, dtype=torch.int64)},
        {"a": torch.ones(2, dtype=torch.complex64)},
        {"a": torch.eye(2).to_sparse()},
        {"a": torch.ones(2, device="meta")},
        torch.ones(2),
    ],
    ids=str,
)
def test_what_is_no_network(tmp_path: Path, content: object) -> None:
    refused(saved(tmp_path / "file", content), "holds no network's weights")


def test_weights_that_are_not_finite(tmp_path: Path) -> None:
    refused(saved(tmp_path / "file", {"a": torch.tensor([1, torch.nan])}), "not finite")


def test_a_view_larger_than_its_file(tmp_path: Path) -> None:
    refused(saved(tmp_path / "file", {"a": torch.ones(1).expand(2**40)}), "more than 268435456 weights")


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('executed')",)


@pytest.mark.parametrize("new", [True, False])
def test_a_pickle_is_not_executed(tmp_path: Path, new: bool) -> None:
    path = saved(tmp_path / "file", {"a": Evil()}, _use_new_zipfile_serialization=new)
    refused(path, "neither a safetensors file nor a torch file of weights only")
    path.write_bytes(pickle.dumps({"a": Evil()}))
    refused(path, "neither a safetensors file nor a torch file of weights only")


def test_a_compressed_file_is_not_inflated(tmp_path: Path) -> None:
    path = saved(tmp_path / "plain", {"a": torch.zeros(2**20)})
    with zipfile.ZipFile(path) as plain, zipfile.ZipFile(tmp_path / "file", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    refused(tmp_path / "file", "is compressed")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", b"\x80\x02.", bytes(8) + b"{", b"<html>" * 99])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    refused(tmp_path / "file", "holds no|neither")
    refused(tmp_path / "none", "There is no checkpoint file")


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "MAX_WEIGHTS_BYTES", 100)
    refused(saved(tmp_path / "file", weights()), "larger than 100 bytes")


@given(st.data())
def test_damaged_files(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("damaged") / "file"
    way = data.draw(st.sampled_from(["torch", "old torch", "safetensors"]))
    WAYS[way](path, {"module.a": torch.ones(2, 2)})
    content = bytearray(path.read_bytes())
    for _ in range(3):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(BadCheckpoint):
        foreign.read(path)


def theirs_of(network: Network) -> dict[str, Tensor]:
    return {name.removeprefix("module."): tensor for name, tensor in weights(network).items()}


@pytest.mark.parametrize("given_size", [{"width": 8}, {"kernel": 5}, {"channels": 2}, {"width": 1024, "kernel": 7}])
def test_a_size_that_is_not_theirs(given_size: dict[str, int]) -> None:
    theirs = theirs_of(SMALL)
    with pytest.raises(BadCheckpoint, match=r"fewer weights|other widths or kernels"):
        foreign.load(foreign.network_of("ms-convlstm", theirs, given_size), theirs)


@pytest.mark.parametrize("name", ["embed.conv_embed.weight", "rnns.lstm.0._conv_x2h.weight"])
def test_a_missing_or_flat_convolution(name: str) -> None:
    theirs = theirs_of(SMALL)
    for other in ({**theirs, name: torch.ones(3)}, {key: t for key, t in theirs.items() if key != name}):
        with pytest.raises(BadCheckpoint, match=f"has no {name}: is it of another model"):
            foreign.network_of("ms-convlstm", other, {})


def test_a_name_that_no_such_network_has() -> None:
    theirs = theirs_of(SMALL) | {"rnns.lstm.2.attention.weight": torch.ones(1)}
    with pytest.raises(BadCheckpoint, match=r"has 'rnns.lstm.2.attention.weight', which no ms-convlstm has"):
        foreign.load(foreign.network_of("ms-convlstm", theirs, {}), theirs)


def test_an_unknown_model() -> None:
    with pytest.raises(BadInput, match="There is no network 'gpt'"):
        foreign.load(foreign.network_of("gpt", theirs_of(SMALL), {}), theirs_of(SMALL))
