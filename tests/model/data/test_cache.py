"""What was read stays within its bytes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.data.cache import Cache


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    cache = Cache(budget=20)
    for key in ("a", "b"):
        cache.put(key, np.zeros(8, np.uint8))
    assert cache.get("a")
    cache.put("c", np.zeros(8, np.uint8))
    assert cache.get("b") is None
    assert cache.get("a")
    assert cache.get("c")


def test_what_is_put_again_counts_once() -> None:
    cache = Cache()
    for level in (1, 2):
        cache.put("a", np.full(8, level, np.uint8))
    kept = cache.get("a")
    assert kept is not None
    assert kept[0].tolist() == [2] * 8
    assert cache.bytes == 8


def test_a_copy_is_kept_that_holds_no_larger_array_alive() -> None:
    (kept,) = Cache().put("a", np.zeros(1000, np.uint8)[:3])
    assert kept.base is None


@given(sizes=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=40), budget=st.integers(0, 60))
def test_never_more_bytes_than_the_budget(sizes: list[tuple[int, int]], budget: int) -> None:
    cache = Cache(budget)
    for key, size in sizes:
        cache.put(key, np.zeros(size, np.uint8))
        assert cache.bytes <= budget
        assert cache.bytes == sum(array.nbytes for arrays in cache.kept.values() for array in arrays)
