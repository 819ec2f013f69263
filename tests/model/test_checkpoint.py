"""Checkpoints come back as they were written, and anything else is refused with one sentence."""

import json
import pickle
import resource
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from model import checkpoint
from model.checkpoint import CARD, WEIGHTS
from model.zoo import MODELS, Network
from radar.card import Card, Score, Source
from radar.errors import BadCheckpoint
from tests.model.samples import card, lively, pixels

SMALL = Network("ms-convlstm", width=2, patch=2, residual=True)


def write(folder: Path, network: Network = SMALL, **fields: Any) -> Path:
    """A checkpoint in a folder."""
    made = lively(**network.fields())
    checkpoint.write(folder, made, card(**{"network": network.fields(), **fields}))
    return folder


@cache
def written() -> tuple[bytes, bytes]:
    """The bytes of a small checkpoint: weights and card."""
    with TemporaryDirectory() as folder:
        path = write(Path(folder))
        return (path / WEIGHTS).read_bytes(), (path / CARD).read_bytes()


def lay(folder: Path, weights: bytes, said: bytes) -> Path:
    """A checkpoint of these bytes."""
    (folder / WEIGHTS).write_bytes(weights)
    (folder / CARD).write_bytes(said)
    return folder


def signed(weights: bytes, **fields: Any) -> bytes:
    """The card of a small checkpoint, made out to other weights."""
    said = {**json.loads(written()[1]), **fields}
    version = checkpoint.digest(weights, Card.model_construct(**said))
    return json.dumps({**said, "version": version, **fields}).encode()


def refused(weights: bytes, said: bytes, sentence: str = "The weights") -> None:
    with TemporaryDirectory() as folder, pytest.raises(BadCheckpoint, match=sentence) as caught:
        checkpoint.read(lay(Path(folder), weights, said))
    assert "\n" not in str(caught.value)


def flipped(content: bytes, at: int, bits: int) -> bytes:
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


def full_card(network: Network) -> Card:
    """A card with something in every field."""
    source = Source(name="Nobody", licence="CC0", attribution="Made up")
    numbers: dict[str, Any] = {"threshold": 0.5, "value": 0.25, "count": 9, "windows": 1}
    score = Score(method="tiny", data="made up", score="csi", lead="60", protocol="0" * 12, **numbers)
    training = {"seed": 1, "rate": 2e-3, "events": ["one", "two"]}
    return card(network=network.fields(), data=(source,), scores=(score,), training=training, pixel_km=(0.5, 6))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("scales", [None, (1, 2, 2, 1)])
def test_what_is_written_comes_back(tmp_path: Path, model: str, scales: tuple[int, ...] | None) -> None:
    network = Network(model, width=4, kernel=5, depth=4, scales=scales, patch=2, residual=True)
    made, said = lively(**network.fields()), full_card(network)
    given_back = checkpoint.write(tmp_path / "new" / "folder", made, said)
    came, read = checkpoint.read(tmp_path / "new" / "folder")
    assert read == given_back == said.model_copy(update={"version": given_back.version})
    assert torch.equal(came(pixels(1, 2, 1, 16, 16), 2), made(pixels(1, 2, 1, 16, 16), 2))
    assert not came.training


def test_the_version_is_the_digest_of_weights_and_card(tmp_path: Path) -> None:
    weights, said = written()
    version = json.loads(said)["version"]
    assert version == checkpoint.digest(weights, Card.model_validate_json(said))
    assert len(version) == 12
    assert checkpoint.read_card(write(tmp_path)).version == version


def test_what_is_said_otherwise_has_another_version() -> None:
    weights, said = written()
    one = Card.model_validate_json(said)
    scored = one.model_copy(update={"summary": "better known", "scores": full_card(SMALL).scores})
    other = one.model_copy(update={"network": {**(one.network or {}), "faded": True}})
    assert checkpoint.digest(weights, scored) == one.version
    assert checkpoint.digest(weights, other) != one.version


def test_weights_in_channels_last_are_the_same_weights(tmp_path: Path) -> None:
    made = lively(**SMALL.fields()).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    checkpoint.write(tmp_path, made, card(network=SMALL.fields()))
    assert (tmp_path / WEIGHTS).read_bytes() == written()[0]


@pytest.mark.parametrize("missing", [WEIGHTS, CARD])
def test_a_missing_file(tmp_path: Path, missing: str) -> None:
    (write(tmp_path) / missing).unlink()
    with pytest.raises(BadCheckpoint, match=f"There is no checkpoint file .*{missing}"):
        checkpoint.read(tmp_path)


@pytest.mark.parametrize(
    "said",
    [b"", b"no json", b"[]", b"null", b"{}", b'{"method": 1}', b"\xff\xfe\x00", b"[" * 100_000, b"9" * 10_000],
    ids=["empty", "text", "list", "null", "nothing", "number", "bytes", "deep", "long"],
)
def test_not_a_card(said: bytes) -> None:
    refused(written()[0], said, "is not a card")


def test_a_card_with_more_fields() -> None:
    refused(written()[0], signed(written()[0], mood="good"), "is not a card")


@pytest.mark.parametrize("network", [None, {}, {"width": 3}, {"width": 2, "patch": 2, "kernel": 5}])
def test_a_card_for_another_network(network: dict[str, Any] | None) -> None:
    refused(written()[0], signed(written()[0], network=network), "do not fit the network")


@pytest.mark.parametrize("network", [{"width": -1}, {"model": "gpt"}, {"layers": 6}])
def test_a_card_for_no_network(network: dict[str, Any]) -> None:
    refused(written()[0], signed(written()[0], network=network), "card")


def test_weights_of_another_width() -> None:
    weights = save(lively(**{**SMALL.fields(), "width": 3}).state_dict())
    refused(weights, signed(weights), "do not fit the network")


def test_weights_that_the_card_was_not_written_for() -> None:
    weights = save(lively(**SMALL.fields(), seed=1).state_dict())
    refused(weights, written()[1], "not those its card was written for")


@pytest.mark.parametrize("kind", [torch.int8, torch.int32, torch.uint8, torch.bool, torch.float8_e5m2])
def test_numbers_that_are_no_weights(kind: torch.dtype) -> None:
    weights = save({name: tensor.to(kind) for name, tensor in lively(**SMALL.fields()).state_dict().items()})
    refused(weights, signed(weights), "do not fit the network")


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_are_read_as_float32(tmp_path: Path, kind: torch.dtype) -> None:
    made = lively(**SMALL.fields()).to(kind)
    weights = save(made.state_dict())
    came, _ = checkpoint.read(lay(tmp_path, weights, signed(weights)))
    assert {tensor.dtype for tensor in came.parameters()} == {torch.float32}
    assert torch.equal(came(pixels(1, 2, 1, 8, 8), 2), made.float()(pixels(1, 2, 1, 8, 8), 2))


def test_a_network_that_was_read_can_be_trained(tmp_path: Path) -> None:
    came, _ = checkpoint.read(write(tmp_path))
    came(pixels(1, 2, 1, 8, 8), 2).sum().backward()
    assert all(tensor.grad is not None and tensor.grad.any() for tensor in came.parameters())


def test_a_card_for_gigabytes_allocates_nothing() -> None:
    huge = {"model": "ms-motionrnn", "width": 1024, "kernel": 7, "depth": 32}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(written()[0], signed(written()[0], network=huge), "do not fit the network")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 2**10  # KiB


def test_a_write_that_fails_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.setattr(Path, "replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        checkpoint.write(tmp_path, lively(**SMALL.fields(), seed=1), card(network=SMALL.fields()))
    assert sorted(path.name for path in tmp_path.iterdir()) == [CARD, WEIGHTS]
    assert (tmp_path / WEIGHTS).read_bytes() == written()[0]


def test_a_pickle_that_poses_as_weights() -> None:
    weights = pickle.dumps({"head.weight": [1.0]})
    refused(weights, signed(weights), "do not fit the network")


def test_a_number_type_that_torch_has_not() -> None:
    header = b'{"head.weight":{"dtype":"F8_E8M0","shape":[2],"data_offsets":[0,2]}}'
    weights = len(header).to_bytes(8, "little") + header + b"\0\0"
    refused(weights, signed(weights), "do not fit the network")


@pytest.mark.parametrize("limit", ["MAX_WEIGHTS_BYTES", "MAX_CARD_BYTES"])
def test_too_large(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(checkpoint, limit, 100)
    refused(*written(), "larger than 100 bytes")


@given(at=st.integers(0, 2**16), signing=st.booleans())
def test_truncated_weights(at: int, signing: bool) -> None:
    weights = written()[0][: at % len(written()[0])]
    refused(weights, signed(weights) if signing else written()[1])


@given(at=st.integers(0, 2**16), bits=st.integers(1, 255))
def test_a_flipped_byte_in_the_weights(at: int, bits: int) -> None:
    weights = flipped(written()[0], at % len(written()[0]), bits)
    refused(weights, written()[1], "not those its card was written for")


@given(at=st.integers(0, 1500), bits=st.integers(1, 255))
def test_a_flipped_byte_in_the_header_that_was_signed(at: int, bits: int) -> None:
    weights = flipped(written()[0], at, bits)
    assert reads_or_refuses(weights, signed(weights)) in {"read", "refused"}


@given(at=st.integers(0, 2**16), bits=st.integers(1, 255))
def test_a_flipped_byte_in_the_card(at: int, bits: int) -> None:
    said = written()[1]
    assert reads_or_refuses(written()[0], flipped(said, at % len(said), bits)) in {"read", "refused"}


def reads_or_refuses(weights: bytes, said: bytes) -> str:
    """What became of a checkpoint; any error but BadCheckpoint goes through."""
    with TemporaryDirectory() as folder:
        try:
            checkpoint.read(lay(Path(folder), weights, said))
        except BadCheckpoint:
            return "refused"
        return "read"


def test_checkpoints_are_found_by_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path / "shipped")
    write(tmp_path / "shipped" / "one", method="one")
    write(tmp_path / "shipped" / "two", method="two")
    write(tmp_path / "own" / "better", method="two")
    (tmp_path / "own" / "notes").mkdir()
    wanted = {"one": tmp_path / "shipped" / "one", "two": tmp_path / "own" / "better"}
    assert checkpoint.find(tmp_path / "own", tmp_path / "nowhere") == wanted


def test_a_damaged_card_leaves_out_its_checkpoint_and_what_that_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path / "shipped")
    for place, name in (("shipped", "one"), ("shipped", "two"), ("own", "two")):
        write(tmp_path / place / name, method=name)
    (tmp_path / "own" / "two" / CARD).write_text("{")
    assert checkpoint.find(tmp_path / "own") == {"one": tmp_path / "shipped" / "one"}
    assert f"two is left out: {tmp_path / 'own' / 'two' / CARD} is not a card." in caplog.text


def test_no_network_takes_the_place_of_a_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path / "shipped")
    write(tmp_path / "own" / "mine", method="persistence")
    assert checkpoint.find(tmp_path / "own") == {}
    assert "mine is left out: persistence is the name of a method without weights." in caplog.text
