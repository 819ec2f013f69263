"""What networks cost, against numbers worked out elsewhere."""

import pytest

from model.bench import Setup, costs, count
from model.zoo import MODELS, Network

PAPER = Setup()


@pytest.mark.parametrize(("model", "gigaflop"), [("convlstm", 1102), ("ms-convlstm", 482), ("trajgru", 1191)])
def test_arithmetic_is_what_the_reference_was_counted_at(model: str, gigaflop: float) -> None:
    assert 2 * count(model, PAPER).multiply_accumulates / 1e9 == pytest.approx(gigaflop, rel=0.001)


@pytest.mark.parametrize("name", [name for name in MODELS if not name.startswith("ms-")])
def test_multi_scale_is_the_same_parameters_for_less_than_half(name: str) -> None:
    plain, multi = costs([name, f"ms-{name}"], Setup(width=8, side=32))
    assert multi.parameters == plain.parameters
    assert 0.35 < multi.multiply_accumulates / plain.multiply_accumulates < 0.45
    assert 0.35 < multi.saved_bytes / plain.saved_bytes < 0.52


def test_a_convlstm_worked_out_by_hand() -> None:
    setup = Setup(width=4, side=8, past=2, horizon=3)
    pixels, layer = 64, 9 * 8 * 16
    assert count("convlstm", setup).multiply_accumulates == pixels * (4 + 6 * layer + 4) * setup.steps
    assert count("convlstm", setup).parameters == 4 + 4 + 6 * (layer + 16) + 4 + 1


def test_counting_allocates_nothing() -> None:
    vast = Setup(width=512, side=4096)
    assert count("ms-convlstm", vast).parameters == sum(
        parameter.numel() for parameter in Network("ms-convlstm", 512).build().parameters()
    )
