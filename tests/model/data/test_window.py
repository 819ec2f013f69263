"""The random sequence that every data set has: decided by the seed, gone on with from a number, shared."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.data.shuffled import Shuffled, observed_window
from model.data.window import Options, Window
from radar.errors import BadInput


class Counted(Shuffled):
    """Windows of two frames that are all their own number."""

    def __init__(self, count: int, side: int = 6, **options: Any) -> None:
        super().__init__(Options(past=1, future=1, **options))
        self.count, self.side = count, side

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, at: int) -> Window:
        rows, columns = np.mgrid[: self.side, : self.side]
        frame = at + rows[None, None] / 10 + columns / 100
        return observed_window(np.repeat(frame, 2, 0), 1, event=f"{at}")


def numbers(batch: torch.Tensor) -> list[int]:
    return [int(window) for window in batch[:, 0, 0, 0, 0]]


def test_each_comes_once_before_any_comes_again() -> None:
    drawn = numbers(Counted(7).batch(21).pixels)
    rounds = [drawn[at : at + 7] for at in (0, 7, 14)]
    assert all(sorted(each) == list(range(7)) for each in rounds)
    assert rounds[0] != rounds[1] != rounds[2]


@given(first=st.integers(1, 40), seed=st.integers(0, 2**63))
def test_gone_on_with_from_a_state_the_sequence_is_the_same(first: int, seed: int) -> None:
    whole, stopped, resumed = (Counted(5, seed=seed, crop=3) for _ in range(3))
    expected = whole.batch(first + 6).pixels[first:]
    stopped.batch(first)
    resumed.restore(stopped.state())
    assert torch.equal(resumed.batch(6).pixels, expected)


def test_a_state_of_another_data_set_is_refused() -> None:
    with pytest.raises(BadInput, match="The data set has 5 windows, but 7 when the run was saved"):
        Counted(5).restore(Counted(7).state())


@pytest.mark.parametrize("world", [2, 3])
def test_the_shares_of_all_processes_are_what_one_would_draw(world: int) -> None:
    alone = Counted(11, crop=4, seed=3)
    crew = [Counted(11, crop=4, seed=3, rank=rank, world=world) for rank in range(world)]
    for _ in range(3):
        together = torch.cat([each.batch(2).pixels for each in crew])
        assert torch.equal(together, alone.batch(2 * world).pixels)
    assert {tuple(each.state().items()) for each in (*crew, alone)} == {tuple(alone.state().items())}


def test_crops_are_squares_of_all_frames_anywhere() -> None:
    pixels = Counted(1, side=6, crop=4).batch(80).pixels[:, :, 0]
    assert pixels.shape == (80, 2, 4, 4)
    assert torch.equal(pixels[:, 0], pixels[:, 1])
    corners = Counter(round(float(corner), 2) for corner in pixels[:, 0, 0, 0])
    assert set(corners) == {round(y / 10 + x / 100, 2) for y in range(3) for x in range(3)}


def test_a_crop_wider_than_the_frames_is_refused() -> None:
    with pytest.raises(BadInput, match="crop is 7, but the frames are 6 x 6 pixels"):
        Counted(3, side=6, crop=7).batch(1)


def test_the_fixed_order_is_fixed() -> None:
    assert [window.event for window in Counted(4)] == ["0", "1", "2", "3"]
