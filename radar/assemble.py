"""Frames out of loose observations: newest last, one cadence, a single missing frame interpolated."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from radar.errors import BadFrames
from radar.frames import Frames, Rain, check_count, minutes, stamp, utc
from radar.grid import Grid, same_place


def assemble(rain: Rain, times: Sequence[datetime], grid: Grid) -> Frames:
    """Frames from rain (T, Y, X) mm/h and increasing times, which may have one hole of one frame.

    The missing frame is the mean of its neighbours (NaN where either is) and is named in `interpolated`.
    More than that raises BadFrames with a sentence that names the missing times.
    """
    check_count(len(rain), times)  # before a hole is filled, after which they would be other numbers
    gaps = missing(times)
    if len(gaps) > 1:
        named = ", ".join(stamp(gap) for gap in gaps[:5]) + (" and more" if len(gaps) > 5 else "")
        raise BadFrames(f"At most one missing frame can be filled, but there is none at {named}.")
    if not gaps:
        return Frames(rain, tuple(times), grid)
    after = [utc(time) > gaps[0] for time in times].index(True)
    between = rain[after - 1] / 2 + rain[after] / 2  # halves first: no sum overflows
    filled = np.insert(rain, after, between, axis=0)
    return Frames(filled, (*times[:after], gaps[0], *times[after:]), grid, interpolated=(gaps[0],))


def missing(times: Sequence[datetime]) -> list[datetime]:
    """The times that a regular cadence (the shortest step) would have had in between.

    Steps that are no multiple of the shortest are a wrong cadence, not a gap: they raise BadFrames.
    """
    known = [utc(time) for time in times]
    pairs = list(pairwise(known))
    step = min((later - earlier for earlier, later in pairs), default=timedelta(0))
    if step <= timedelta(0):
        return []
    gaps: list[datetime] = []
    for earlier, later in pairs:
        if (later - earlier) % step:
            raise BadFrames(
                f"Frames must have one cadence: {stamp(earlier)} to {stamp(later)} is no multiple of "
                f"{minutes(step)} min."
            )
        gaps += [earlier + n * step for n in range(1, min((later - earlier) // step, 100))]
    return gaps


def newest(frames: int, times: Sequence[datetime], last: int | None) -> slice:
    """Where the newest `last` frames of a file stand, all of them without it.

    BadFrames where frames and times are not as many, or a frame that would be left out is no older than one kept.
    """
    check_count(frames, times)
    first = 0 if last is None else max(0, frames - max(1, last))
    if first and (latest := max(times[:first])) >= times[first]:
        raise BadFrames(f"Frame times must increase, but {stamp(times[first])} stands behind {stamp(latest)}.")
    return slice(first, frames)


def join(parts: Sequence[Frames]) -> Frames:
    """One sequence out of several on the same grid, sorted by time; BadFrames for two grids or one time twice.

    Frames that a part had interpolated are left out and, if no other part observed them, filled again.
    """
    for part in parts[1:]:
        check_same_grid(parts[0].grid, part.grid)
    seen = [[at for at, time in enumerate(part.times) if time not in part.interpolated] for part in parts]
    times = [part.times[at] for part, kept in zip(parts, seen, strict=True) for at in kept]
    order = sorted(range(len(times)), key=times.__getitem__)
    ordered = [times[at] for at in order]
    twice = next((time for time, after in pairwise(ordered) if time == after), None)
    if twice is not None:
        raise BadFrames(f"Two frames have the same time {stamp(twice)}.")
    rain = np.concatenate([part.rain[kept] for part, kept in zip(parts, seen, strict=True)])
    return assemble(rain[order], ordered, parts[0].grid)


def check_same_grid(one: Grid, other: Grid) -> None:
    """Refuse frames that do not lie on one grid."""
    if one.shape != other.shape:
        raise BadFrames(
            f"The frames lie on two grids: {one.height} x {one.width} and {other.height} x {other.width} pixels."
        )
    if not same_place(one, other):
        raise BadFrames("The frames have one shape but lie on two grids: another place or projection.")
