"""Pickled datetimes are read as bytes; nothing that a pickle could do is done."""

import datetime as clock
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.errors import BadFrames, TooLarge
from radar.formats import pickled_times
from radar.formats.pickled_times import datetimes

DAY = clock.datetime(2016, 9, 28, 14, 45, 30, 250)


def pickled(values: list[Any], protocol: int) -> bytes:
    """An array of objects as NumPy pickles it."""
    return pickle.dumps(np.array(values, object), protocol=protocol)


@pytest.mark.parametrize("protocol", [3, 4, 5])
@given(st.lists(st.datetimes().map(lambda value: value.replace(fold=0)), max_size=20))
def test_every_datetime(protocol: int, values: list[clock.datetime]) -> None:
    found = datetimes(pickled(values, protocol))
    assert found == [value.replace(tzinfo=clock.UTC) for value in values]


FALLEN = list[int]()


def fall() -> None:
    """What a pickle of Evil would call."""
    FALLEN.append(1)


class Evil:
    """Would call a function if anybody unpickled it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return fall, ()


@pytest.mark.parametrize("protocol", [0, 2, 3, 4, 5])
@pytest.mark.parametrize("value", [Evil(), "text", DAY.date(), DAY.replace(tzinfo=clock.UTC), 1.5, DAY.time()])
def test_anything_else_is_refused(value: Any, protocol: int) -> None:
    with pytest.raises(BadFrames, match="which we never load"):
        datetimes(pickled([DAY, value], protocol))
    assert not FALLEN


def test_a_date_that_is_none() -> None:
    data = pickled([DAY], 3).replace(bytes([7, 224, 9, 28]), bytes([7, 224, 13, 28]))
    with pytest.raises(BadFrames, match="which we never load"):
        datetimes(data)


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickled_times, "MAX_TIMES", 2)
    with pytest.raises(TooLarge, match="more than 2 times"):
        datetimes(pickled([DAY + clock.timedelta(days=n) for n in range(3)], 3))
