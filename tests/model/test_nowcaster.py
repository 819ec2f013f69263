"""The loop over time, for every network of the zoo."""

import pytest
import torch
from torch import Tensor

from model.nowcaster import Nowcaster
from model.zoo import MODELS, Network
from tests.model.samples import lively, network, pixels

Fields = dict[str, int | bool]
KINDS: list[Fields] = [{"patch": 2}, {"residual": True}, {"patch": 2, "residual": True}]
PLAIN: list[tuple[str, Fields]] = [(model, {}) for model in MODELS]
each_model = pytest.mark.parametrize("model", MODELS)
each_kind = pytest.mark.parametrize(("model", "fields"), [*PLAIN, *(("ms-convlstm", kind) for kind in KINDS)])


def truth(horizon: int, *shape: int, fed: bool) -> tuple[Tensor, Tensor]:
    """A teacher that feeds all its frames or none."""
    return pixels(2, horizon - 1, 1, *shape, seed=9), torch.full((2, horizon - 1), fed)


@each_model
@pytest.mark.parametrize(("frames", "horizon"), [(1, 1), (1, 3), (3, 1), (5, 7)])
def test_a_prediction_after_every_frame(model: str, frames: int, horizon: int) -> None:
    out = lively(model)(pixels(2, frames, 1, 8, 16), horizon)
    assert out.shape == (2, frames - 1 + horizon, 1, 8, 16)
    assert out.isfinite().all()


@each_model
@pytest.mark.parametrize("patch", [1, 2])
def test_any_size_that_the_stride_divides(model: str, patch: int) -> None:
    made = lively(model, patch=patch)
    for down, across in ((1, 1), (1, 3), (3, 2)):
        past = pixels(1, 2, 1, down * made.stride, across * made.stride)
        assert made(past, 2).shape == (1, 3, *past.shape[2:])


@pytest.mark.parametrize(("model", "stride"), [("convlstm", 1), ("ms-convlstm", 4)])
def test_a_patch_multiplies_the_stride(model: str, stride: int) -> None:
    assert network(model).stride == stride
    assert network(model, patch=2).stride == 2 * stride


def test_channels() -> None:
    made = network(channels=3, patch=2, residual=True)
    assert made(pixels(2, 3, 3, 8, 8), 2).shape == (2, 4, 3, 8, 8)


@each_kind
def test_every_frame_eaten_shows(model: str, fields: Fields) -> None:
    made, past = lively(model, **fields), pixels(1, 3, 1, 16, 16)
    for step in range(3):
        other = past.clone()
        other[:, step] = 1 - other[:, step]
        apart = (made(other, 2) - made(past, 2)).abs().amax((0, 2, 3, 4))
        assert (apart[:step] == 0).all()
        assert (apart[step:] > 1e-3).all()


@each_kind
def test_known_frames_are_eaten_then_predictions(model: str, fields: Fields) -> None:
    made, past = lively(model, **fields), pixels(2, 3, 1, 16, 16)
    said = made(past, 3)
    again = made(torch.cat([past, said[:, 2:4]], 1), 1)
    torch.testing.assert_close(said, again)


@each_model
def test_a_teacher_of_all_false_is_no_teacher(model: str) -> None:
    made, past = lively(model), pixels(2, 3, 1, 8, 8)
    assert torch.equal(made(past, 4, truth(4, 8, 8, fed=False)), made(past, 4))


@each_model
def test_nothing_leaks_from_a_true_frame_that_is_not_fed(model: str) -> None:
    made, past = lively(model), pixels(2, 3, 1, 8, 8)
    future, where = truth(4, 8, 8, fed=False)
    where[:, 1] = True
    out = made(past, 4, (future.where(where[:, :, None, None, None], torch.nan), where))
    out.sum().backward()
    assert out.isfinite().all()
    assert all(parameter.grad is None or parameter.grad.isfinite().all() for parameter in made.parameters())


@each_kind
def test_a_teacher_of_all_true_feeds_the_truth(model: str, fields: Fields) -> None:
    made, past = lively(model, **fields), pixels(2, 3, 1, 16, 16)
    future, where = truth(4, 16, 16, fed=True)
    torch.testing.assert_close(made(past, 4, (future, where)), made(torch.cat([past, future], 1), 1))


@each_model
def test_a_teacher_is_asked_per_sample_and_step(model: str) -> None:
    made, past = lively(model), pixels(2, 3, 1, 8, 8)
    future, where = truth(3, 8, 8, fed=False)
    where[1, 0] = True
    mixed, free, fed = (made(past, 3, (future, mask)) for mask in (where, where & False, where | True))
    torch.testing.assert_close(mixed[0], free[0])
    torch.testing.assert_close(mixed[1, :4], fed[1, :4])
    assert not torch.allclose(mixed[1, 4], fed[1, 4], atol=1e-3)


@each_model
@pytest.mark.parametrize("patch", [1, 2])
def test_a_fresh_residual_network_says_persistence(model: str, patch: int) -> None:
    past = pixels(2, 3, 1, 16, 32)
    said = network(model, patch=patch, residual=True)(past, 3)
    assert torch.equal(said, past[:, [0, 1, 2, 2, 2]])


@each_kind
def test_a_batch_equals_its_samples(model: str, fields: Fields) -> None:
    made, past = lively(model, **fields).double(), pixels(3, 3, 1, 16, 16).double()
    one_by_one = torch.cat([made(sample, 3) for sample in past[:, None]])
    torch.testing.assert_close(made(past, 3), one_by_one, rtol=0, atol=1e-12)


def learn(made: Nowcaster) -> list[str]:
    """One step of the optimiser; the parameters whose gradient was missing or zero."""
    optimizer = torch.optim.SGD(made.parameters(), lr=0.1)
    ((made(pixels(2, 3, 1, 16, 16), 3) - pixels(2, 5, 1, 16, 16, seed=1)) ** 2).mean().backward()
    optimizer.step()
    dead = [name for name, tensor in made.named_parameters() if tensor.grad is None or not tensor.grad.any()]
    made.zero_grad()
    return dead


@each_kind
def test_every_parameter_has_a_gradient(model: str, fields: Fields) -> None:
    made = network(model, **fields)
    first = learn(made)
    assert "head.weight" not in first
    assert bool(first) == bool(fields.get("residual"))  # behind a head of zeros nothing is felt, once
    assert learn(made) == []


@each_kind
def test_double_precision(model: str, fields: Fields) -> None:
    made, past = lively(model, **fields), pixels(1, 3, 1, 16, 16)
    single = made(past, 2)
    double = made.double()(past.double(), 2)
    assert double.dtype == torch.float64
    torch.testing.assert_close(single.double(), double, rtol=0, atol=0.02)  # of about 1


@each_model
@pytest.mark.parametrize("fed", [None, True])
def test_steps_are_the_forward_one_by_one(model: str, fed: bool | None) -> None:
    made, past = lively(model), pixels(2, 3, 1, 8, 8)
    teacher = None if fed is None else truth(4, 8, 8, fed=fed)
    steps = list(made.steps(past, 4, teacher))
    assert [step.shape for step in steps] == [past[:, 0].shape] * 6
    assert torch.equal(torch.stack(steps, 1), made(past, 4, teacher))


def test_steps_are_lazy() -> None:
    made = network()
    first = next(made.steps(pixels(1, 2, 1, 8, 8), 10**9))
    assert first.shape == (1, 1, 8, 8)


@pytest.mark.parametrize("patch", [1, 2])
def test_chances_come_with_every_prediction_and_begin_undecided(patch: int) -> None:
    network = Network("ms-convlstm", width=4, patch=patch, thresholds=(0.5, 2.0, 5.0)).build()
    said = list(network.said(torch.rand(2, 3, 1, 16, 8), 2))
    assert [tuple(one.chances.shape) for one in said if one.chances is not None] == [(2, 3, 16, 8)] * 4
    assert all(torch.equal(torch.zeros_like(one.chances), one.chances) for one in said if one.chances is not None)


def test_a_network_without_thresholds_has_no_chances() -> None:
    network = Network("ms-convlstm", width=4).build()
    assert all(one.chances is None for one in network.said(torch.rand(1, 2, 1, 4, 4), 2))
