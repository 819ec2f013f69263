"""Squares cut from frames at random, turned and mirrored."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Chance = np.random.Generator


def place(chance: Chance, shape: tuple[int, ...], side: int) -> tuple[slice, slice]:
    """Rows and columns of a square anywhere in a frame (..., Y, X); as much of it as the frame has where it is smaller,
    and the whole frame for a side of 0."""
    wanted = [min(side, whole) if side else whole for whole in shape[-2:]]
    first = [int(chance.integers(whole - own + 1)) for whole, own in zip(shape[-2:], wanted, strict=True)]
    rows, columns = (slice(at, at + own) for at, own in zip(first, wanted, strict=True))
    return rows, columns


def middle(array: Array, side: int) -> Array:
    """The square in the middle of (..., Y, X); the whole for a side of 0."""
    if not side:
        return array
    y, x = ((whole - side) // 2 for whole in array.shape[-2:])
    return array[..., y : y + side, x : x + side]


def turned(array: Array, turns: int, mirrored: bool) -> Array:
    """(..., Y, X) turned by quarter turns, then mirrored or not."""
    rotated = np.rot90(array, turns, (-2, -1))
    return np.ascontiguousarray(rotated[..., ::-1] if mirrored else rotated)


def turn(chance: Chance, shape: tuple[int, ...]) -> tuple[int, bool]:
    """Quarter turns, by halves where the frame is no square, and whether to mirror."""
    square = shape[-2] == shape[-1]
    turns = int(chance.integers(4)) if square else 2 * int(chance.integers(2))
    return turns, bool(chance.integers(2))
