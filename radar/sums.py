"""Sums that are gathered piece by piece, merged by `+` and kept as JSON: what scores are computed from."""

from dataclasses import fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Sums:
    """The parent of frozen dataclasses of arrays whose first axis is the lead; resampled ones have draws before it.

    Sums of equal shape are merged by `+`, in any order. A score is computed from the sums of all that was compared,
    never averaged over scores. ValueError where shapes differ.
    """

    @classmethod
    def parts(cls) -> list[str]:
        """The names of the arrays."""
        return [field.name for field in fields(cls)]  # type: ignore[arg-type]

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All of them, in the order of their names."""
        return tuple(getattr(self, name) for name in self.parts())

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Their shapes."""
        return [array.shape for array in self.arrays]

    def __add__(self, other: Self) -> Self:
        if self.shapes != other.shapes:
            raise ValueError(f"{type(self).__name__} of the shapes {self.shapes} and {other.shapes} do not merge.")
        return type(self)(*(one + two for one, two in zip(self.arrays, other.arrays, strict=True)))

    def pooled(self, leads: slice = slice(None)) -> Self:
        """The sums over some leads (all by default), as those of a single lead."""
        return type(self)(*(array[leads].sum(axis=0, keepdims=True) for array in self.arrays))

    def as_json(self) -> dict[str, Any]:
        """Each array as lists, by its name."""
        return {name: array.tolist() for name, array in zip(self.parts(), self.arrays, strict=True)}

    @classmethod
    def of(cls, lists: dict[str, Any]) -> Self:
        """The inverse of `as_json`; ValueError for other names, or for lists that are no array of finite numbers."""
        if set(lists) != set(cls.parts()):
            raise ValueError(f"{cls.__name__} are {', '.join(cls.parts())}, not {', '.join(map(str, lists))}.")
        arrays = [np.array(lists[name]) for name in cls.parts()]
        if not all(array.dtype.kind in "if" and array.ndim and np.isfinite(array).all() for array in arrays):
            raise ValueError(f"{cls.__name__} are lists of numbers.")
        return cls(*arrays)


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """part / whole, NaN where whole is not above zero; the shapes broadcast."""
    part, whole = np.broadcast_arrays(part, whole)
    quotient = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0)
    return quotient


def check_pair(forecast: NDArray[Any], observed: NDArray[Any]) -> None:
    """ValueError where a forecast is not of the shape (T, Y, X) of what it is compared with."""
    if forecast.shape != observed.shape or observed.ndim != 3:
        raise ValueError(f"A forecast of {forecast.shape} cannot be compared with {observed.shape}.")


def product(one: Floats, two: Floats) -> float:
    """The sum of one times two, both (N,), without the threads of a BLAS: they only wait for each other here."""
    return float(np.einsum("i,i", one, two))
