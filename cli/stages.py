"""What each stage of a request costs beside the engine: processor time in one process, which others hardly change."""

import time
from collections.abc import Callable
from statistics import median

from cli.contenders import PAYLOADS
from cli.peers.network import HORIZON
from jobs.blob import nowcast_end, pack_nowcast, unpack_frames, unpack_nowcast
from jobs.job import Job
from jobs.ordering import prepared
from jobs.settings import settings
from model.engine import Engine
from radar.formats import table
from radar.formats.hints import Hints
from radar.frames import Frames
from radar.nowcast import Nowcast
from service.answers import ANSWERS, Result, told


def in_stages(engine: Engine, past: Frames, payload: str, times: int) -> dict[str, float]:
    """Medians in ms: the functions that gateway and worker call, on a past, and on what the engine makes of it."""
    media, write = PAYLOADS[payload]
    body, hints, card = write(past), Hints(last=engine.card.max_frames), engine.card
    configured = settings()
    frames = table.read(body, hints)
    job, blob = prepared(frames, card, HORIZON, configured)
    nowcast = made(engine, frames)
    kept = pack_nowcast(nowcast)
    wanted = told(media, job)
    part = kept[: nowcast_end(kept, chances=wanted)]
    stages: dict[str, Callable[[], object]] = {
        "gateway reads the request": lambda: table.read(body, hints),
        "gateway packs frames": lambda: prepared(frames, card, HORIZON, configured),
        "worker unpacks frames": lambda: unpack_frames(blob),
        "worker packs the nowcast": lambda: pack_nowcast(nowcast),
        "gateway unpacks the nowcast": lambda: unpack_nowcast(part, chances=wanted),
        "gateway writes the answer": lambda: answered(media, job, nowcast),
    }
    found = {f"{name}, ms": round(spent(stage, times), 1) for name, stage in stages.items()}
    return {**found, "all of it, ms": round(sum(found.values()), 1)}


def made(engine: Engine, past: Frames) -> Nowcast:
    """The nowcast of a past, as a worker has it."""
    (said,) = engine.outlook([past], HORIZON)
    name, version = engine.card.method, engine.card.version
    return Nowcast(said.frames, name, version, name, past.times, chances=said.chances)


def answered(media: str, job: Job, nowcast: Nowcast) -> bytes:
    """The bytes of an answer."""
    return ANSWERS[media](Result(job, nowcast, dict))


def spent(work: Callable[[], object], times: int) -> float:
    """Processor time of some work in ms, the median of so many times; once before, for what is made only once."""
    work()
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - began))
    return median(taken)
