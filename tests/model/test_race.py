"""The engine raced against the reference's arithmetic."""

import pytest
import torch

from model.bench import Setup
from model.race import REFERENCE, Lap, matmul_gflops, peak_mib, race
from model.unmerged import Sum, unmerged
from tests.model.samples import lively, pixels

SMALL = Setup(width=8, side=16, past=2, horizon=2)


@pytest.mark.parametrize("model", ["ms-convlstm", "ms-trajgru", "ms-predrnn"])
@pytest.mark.parametrize("reference", [False, True])
def test_unmerged_is_the_same_network(model: str, reference: bool) -> None:
    network, past = lively(model, reference=reference), pixels(1, 1, 1, 16, 16)
    before = network(past, 1)
    torch.testing.assert_close(unmerged(network)(past, 1), before, rtol=1e-4, atol=1e-4)
    assert torch.equal(network(past, 1), before)


def test_unmerged_has_two_convolutions_where_ours_has_one() -> None:
    parts = [part for part in unmerged(lively("convlstm")).modules() if isinstance(part, Sum)]
    assert len(parts) == 6
    assert {part.x.weight.shape for part in parts} == {(32, 8, 3, 3)}


def test_all_ways_run_and_the_reference_is_as_fast_as_itself() -> None:
    laps = race("ms-convlstm", SMALL, 2, batch=2)
    assert [lap.way for lap in laps][:2] == [REFERENCE, "float32"]
    assert laps[0].ratio == 1
    assert all(isinstance(lap, Lap) and lap.batch == 2 and lap.peak_mib is None for lap in laps)
    assert min(min(lap.seconds, lap.ratio, lap.gflops, lap.peak_share) for lap in laps) > 0


def test_a_rollout_takes_memory_and_a_larger_one_takes_more() -> None:
    small, large = (
        peak_mib("ms-convlstm", Setup(width=8, side=side, past=2, horizon=1), "float32") for side in (32, 512)
    )
    assert 0 <= small < large
    states = 2.625 * 512**2 * (2 * 8 + 8) * 4 / 2**20
    assert large > 0.9 * states


@pytest.mark.parametrize("model", ["ms-convlstm", "ms-mim"])
def test_memory_does_not_grow_with_the_leads(model: str) -> None:
    few, many = (peak_mib(model, Setup(width=8, side=256, past=2, horizon=leads), "float32") for leads in (2, 24))
    assert many < 1.25 * few


def test_the_machine_can_do_something() -> None:
    assert matmul_gflops(torch.float32) > 0.1
