"""Exported files: what other runtimes make of them is what torch makes of the network."""

import io
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from model.export import CHECK, KINDS, LEADS, OPSET, ExportFailed, Kind, Step, difference, example, export
from model.nowcaster import Nowcaster
from model.zoo import MODELS
from radar.card import Card
from radar.errors import BadInput
from tests.model.samples import card, lively, pixels

needs_onnx = "pip install nowcast[export], which brings ONNX"
few: dict[str, Any] = {"width": 4, "depth": 3, "links": 2}


def network(model: str) -> Nowcaster:
    """A small one, but with every kind of layer."""
    return lively(model, **few)


@cache
def exported(model: str, kind: str) -> tuple[bytes, float]:
    """The file of one, and how far apart the two are; writing it takes seconds."""
    return export(network(model), card(), kind)


@pytest.mark.parametrize("model", MODELS)
def test_a_step_with_its_states_outside_is_the_network(model: str) -> None:
    step = Step(network(model).eval())
    with torch.no_grad():
        assert difference(step, lambda inputs: step(inputs[0], list(inputs[1:]))) < 1e-6


def test_a_step_says_chances_between_frame_and_states() -> None:
    step = Step(lively(**few, thresholds=(0.5, 2.0), patch=2, residual=True).eval())
    frame = example(step.network, CHECK)
    with torch.no_grad():
        found = step(frame, step.begin(frame))
        assert difference(step, lambda inputs: step(inputs[0], list(inputs[1:]))) < 1e-6
    assert found[1].shape == (1, 2, *frame.shape[2:])
    assert 0 <= found[1].min() <= found[1].max() <= 1
    assert len(found) == 2 + len(step.begin(frame))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["ms-convlstm", "ms-trajgru"])
@pytest.mark.parametrize("kind", KINDS)
def test_files_do_what_the_network_does(model: str, kind: str) -> None:
    if kind == "onnx":
        pytest.importorskip("onnxruntime", reason=needs_onnx)
    data, apart = exported(model, kind)
    assert apart < 1e-5
    with torch.no_grad():
        assert difference(Step(network(model)), KINDS[kind].opened(data)) < 1e-5


@pytest.mark.slow
def test_a_stranger_runs_a_nowcast_with_onnxruntime_alone() -> None:
    """The loop a user writes: names, zero states of the declared shapes, three frames in, three leads out."""
    onnxruntime = pytest.importorskip("onnxruntime", reason=needs_onnx)
    made = lively(**few, thresholds=(0.5, 2.0))
    data, _ = export(made, card(), "onnx")
    session = onnxruntime.InferenceSession(data)
    past = pixels(2, 3, 1, 12, 20)
    inputs, outputs = ([one.name for one in side] for side in (session.get_inputs(), session.get_outputs()))
    assert (inputs[:2], outputs[:3]) == (["frame", "state_0"], ["next", "chances", "new_state_0"])
    step = Step(made)
    feeds = dict(zip(inputs[1:], (state.numpy() for state in step.begin(past[:, 0])), strict=True))
    with torch.no_grad():
        wanted = list(made.said(past, LEADS))
    found = [past[:, 0].numpy()]
    for at, said in enumerate(wanted):
        feeds["frame"] = past[:, at].numpy() if at < 3 else found[0]
        found = session.run(None, feeds)
        np.testing.assert_allclose(found[0], said.frame.numpy(), atol=1e-5)
        assert said.chances is not None
        np.testing.assert_allclose(found[1], said.chances.sigmoid().numpy(), atol=1e-5)
        feeds |= dict(zip(inputs[1:], found[2:], strict=True))


@pytest.mark.slow
def test_the_card_and_the_stride_go_along() -> None:
    onnx = pytest.importorskip("onnx", reason=needs_onnx)
    model = onnx.load_from_string(exported("ms-convlstm", "onnx")[0])
    onnx.checker.check_model(model)
    said = {one.key: one.value for one in model.metadata_props}
    assert Card.model_validate_json(said["card"]) == card()
    assert said["stride"] == "2"
    assert {one.domain: one.version for one in model.opset_import}[""] == OPSET


@pytest.mark.slow
def test_the_card_lies_in_the_archive() -> None:
    beside = {"card.json": ""}
    torch.export.load(io.BytesIO(exported("ms-convlstm", "torch")[0]), extra_files=beside)
    assert Card.model_validate_json(beside["card.json"]) == card()


@pytest.mark.parametrize("error", [0.01, float("nan")])
def test_a_file_that_does_something_else_is_refused(monkeypatch: pytest.MonkeyPatch, error: float) -> None:
    def off(step: Step) -> Callable[[bytes], object]:
        return lambda _: lambda inputs: [part + error for part in step(inputs[0], list(inputs[1:]))]

    made = network("ms-convlstm")
    wrong = Kind(lambda step, card: b"", off(Step(made)))  # type: ignore[arg-type]
    monkeypatch.setitem(KINDS, "wrong", wrong)
    with pytest.raises(ExportFailed, match="differs from the network"):
        export(made, card(), "wrong")


def test_without_its_packages_onnx_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(BadInput, match=r"pip install 'nowcast\[export\]'"):
        export(network("ms-convlstm"), card(), "onnx")
