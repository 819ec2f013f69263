"""What is drawn in the background is the same, in the same order, and nothing of it is lost."""

import threading

import numpy as np
import pytest
import torch

from model.data.ahead import Ahead
from model.data.shuffled import observed_window
from model.data.window import Window
from radar.errors import BadInput
from tests.model.data.test_window import Counted


class Noted(Counted):
    """Notes in which thread what was drawn, and cannot draw from `broken` on."""

    broken = 10**9

    def draw(self, number: int) -> Window:
        self.threads = {*getattr(self, "threads", ()), threading.current_thread().name}
        if number >= self.broken:
            raise BadInput(f"Number {number} is damaged.")
        self.last = number
        return super().draw(number)


def test_the_same_batches_in_the_same_order() -> None:
    plain = Counted(7, crop=3)
    with Ahead(Counted(7, crop=3), 4) as ahead:
        for _ in range(9):
            assert torch.equal(ahead.batch().pixels, plain.batch(4).pixels)
            assert ahead.state() == plain.state()


def test_another_thread_draws_and_only_so_far_ahead() -> None:
    dataset = Noted(7)
    with Ahead(dataset, 2, ahead=3) as ahead:
        ahead.batch()
    assert threading.current_thread().name not in dataset.threads
    assert dataset.last < 2 * 4


def test_a_state_is_of_what_was_taken_not_of_what_waits() -> None:
    plain = Counted(7, crop=3)
    with Ahead(Counted(7, crop=3), 4) as ahead:
        ahead.batch()
        kept = ahead.state()
        later = [ahead.batch().pixels for _ in range(5)]
        ahead.restore(kept)
        assert all(torch.equal(ahead.batch().pixels, batch) for batch in later)
    plain.restore(kept)
    assert torch.equal(plain.batch(4).pixels, later[0])


def test_closed_the_data_set_stands_where_the_last_batch_was_taken() -> None:
    dataset = Counted(7)
    with Ahead(dataset, 4) as ahead:
        ahead.batch()
    assert dataset.state() == ahead.state() == {"drawn": 4, "windows": 7}


def test_what_goes_wrong_in_the_background_is_said_when_its_turn_comes() -> None:
    dataset = Noted(7)
    dataset.broken = 4
    with Ahead(dataset, 2) as ahead:
        ahead.batch()
        ahead.batch()
        with pytest.raises(BadInput, match="Number 4 is damaged"):
            ahead.batch()


def test_no_thread_is_left_behind() -> None:
    before = set(threading.enumerate())  # of which some may end meanwhile
    with Ahead(Counted(3), 1) as ahead:
        ahead.batch()
    assert set(threading.enumerate()) <= before


def test_windows_of_several_channels() -> None:
    class Coloured(Counted):
        def __getitem__(self, at: int) -> Window:
            return observed_window(np.full((2, 3, 4, 5), at / 10), 1)

    with Ahead(Coloured(2), 3) as ahead:
        pixels, observed = ahead.batch()
    assert pixels.shape == observed.shape == (3, 2, 3, 4, 5)
