"""A nowcast as npz: plain arrays that lie in the file as they do in memory, for programs that want numbers and no more.

rain        (T, Y, X) float32, mm/h, NaN where nothing is forecast
times       (T,) ISO 8601, UTC; input_times and interpolated likewise
transform   (6,) of the grid; crs is its WKT, where it has one
method, version, asked_for, fallback_reason
chances     (thresholds, T, Y, X) bytes, chance = byte / 200, 255 where nothing is known; thresholds in mm/h
"""

import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from radar.frames import stamp
from radar.nowcast import Nowcast


class Pieces:
    """A file that keeps what is written to it in pieces, so that large arrays are copied only once."""

    def __init__(self) -> None:
        self.pieces: list[Any] = []

    def write(self, piece: Any) -> int:
        """Keep a piece."""
        self.pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""


def write_nowcast(nowcast: Nowcast, *, chances: bool = True) -> bytes:
    """A nowcast, with its chances where wanted and there, as an npz that is not compressed."""
    file = Pieces()
    with zipfile.ZipFile(file, "w") as archive:  # type: ignore[call-overload]  # it needs no more than Pieces has
        for name, values in arrays(nowcast, chances).items():
            put(archive, name, np.asarray(values, order="C"))
    return b"".join(file.pieces)


def arrays(nowcast: Nowcast, chances: bool) -> dict[str, NDArray[Any]]:
    """The arrays by name."""
    frames, odds = nowcast.frames, nowcast.chances if chances else None
    said = {name: np.array(getattr(nowcast, name)) for name in ("method", "version", "asked_for")}
    return {
        "rain": frames.rain,
        "times": stamps(frames.times),
        "transform": np.array(frames.grid.transform),
        **({} if frames.grid.crs is None else {"crs": np.array(frames.grid.crs)}),
        **said,
        "fallback_reason": np.array(nowcast.fallback_reason or ""),
        "input_times": stamps(nowcast.input_times),
        "interpolated": stamps(nowcast.interpolated),
        **({} if odds is None else {"thresholds": np.array(odds.thresholds), "chances": odds.codes}),
    }


def stamps(times: Sequence[datetime]) -> NDArray[np.str_]:
    """Times as ISO 8601."""
    return np.array([stamp(time) for time in times], np.str_)


def put(archive: zipfile.ZipFile, name: str, values: NDArray[Any]) -> None:
    """One array, whose file is as old as a zip can say, so that equal nowcasts are equal bytes."""
    head = Pieces()
    npy.write_array_header_1_0(head, npy.header_data_from_array_1_0(values))
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as file:
        file.write(b"".join(head.pieces))
        file.write(values.reshape(-1).view(np.uint8).data)
