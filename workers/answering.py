"""Nowcasts out of frames: by the method asked for, or by what it falls back to, and said so."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from jobs.fallback import CHAIN, Reason
from jobs.job import Job
from model.engine import EngineFailed
from radar.errors import NowcastError
from radar.frames import Frames
from radar.neighbourhood import with_chances
from radar.nowcast import Nowcast
from workers import memory
from workers.methods import Method, Methods, named

log = logging.getLogger(__name__)


class NoNowcast(NowcastError):
    """Frames that no method could make anything of."""


def answer(methods: Methods, asked_for: str, past: Sequence[Frames], horizon: int) -> list[Nowcast]:
    """A nowcast for each past, all of one `shape` of the method asked for.

    When a batch fails its members run alone, so that only the one at fault falls back. Raises NoNowcast when
    the fallbacks fail too.
    """
    method = named(methods, asked_for)
    try:
        return run(method, past, horizon, asked_for)
    except Exception as error:  # whatever a method dies of, the caller still gets a nowcast
        if len(past) > 1:
            return list(chain.from_iterable(answer(methods, asked_for, [frames], horizon) for frames in past))
        log.exception("%s failed on %s", asked_for, past[0].rain.shape)
        reason = reason_of(error)
    return [fall_back(methods, asked_for, past[0], horizon, reason)]


def reason_of(error: Exception) -> Reason:
    """The reason that what a method died of becomes."""
    if memory.ran_out(error):
        return Reason.MEMORY
    return Reason.NOT_FINITE if isinstance(error, EngineFailed) else Reason.FAILED


def fall_back(methods: Methods, asked_for: str, past: Frames, horizon: int, reason: Reason) -> Nowcast:
    """The nowcast of the first fallback that works, or NoNowcast."""
    said = f"Neither {asked_for} nor its fallbacks could make a nowcast of these frames."
    for method in (methods[name] for name in CHAIN if name != asked_for):
        try:
            return run(method, [past], horizon, asked_for, reason)[0]
        except Exception as error:
            log.exception("%s, a fallback, failed on %s", method.card.method, past.rain.shape)
            if memory.ran_out(error):
                said = f"A nowcast of frames of {past.rain.shape[1:]} pixels takes more memory than the worker has."
    raise NoNowcast(said)


def in_place(nowcast: Nowcast, job: Job) -> Nowcast:
    """The nowcast of a job that may answer in the place of another method, and then says of which and why."""
    if job.asked_for is None:
        return nowcast
    return replace(nowcast, asked_for=job.asked_for, fallback_reason=job.fallback_reason or nowcast.fallback_reason)


def run(
    method: Method, past: Sequence[Frames], horizon: int, asked_for: str, reason: Reason | None = None
) -> list[Nowcast]:
    """The nowcasts of one method, with their provenance; chances it has not are those of the neighbourhood."""
    used = [frames.last(method.card.max_frames) for frames in past]
    said = [
        with_chances(outlook, frames.times[-1])
        for outlook, frames in zip(method.outlook(used, horizon), used, strict=True)
    ]
    return [
        Nowcast(
            frames=outlook.frames,
            method=method.card.method,
            version=method.card.version,
            asked_for=asked_for,
            input_times=frames.times,
            interpolated=frames.interpolated,
            fallback_reason=reason,
            chances=outlook.chances,
        )
        for frames, outlook in zip(used, said, strict=True)
    ]
