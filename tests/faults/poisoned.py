"""A worker with a method that some frames crash, and others fill: `celery -A tests.faults.poisoned worker -Q drain`."""

import os
import signal
from typing import Any

import numpy as np
from celery.signals import worker_process_init

from jobs.celery_app import app
from radar.baselines import BASELINES, Baseline
from radar.card import Card
from radar.frames import Frames
from radar.persistence import persistence
from workers.drainer import drain_of_this_process
from workers.methods import Plain

__all__ = ["app"]

METHOD, BATCH, DEADLY, GREEDY = "poisonable", 8, 66.0, 77.0
WORKER_BYTES = 2**30


def dies_of_some(past: Frames, horizon: int) -> Frames:
    """Persistence, in a process that one rain rate crashes as a fault in a C library would, and another one fills."""
    if past.rain[-1, 0, 0] == DEADLY:
        os.kill(os.getpid(), signal.SIGSEGV)
    if past.rain[-1, 0, 0] == GREEDY:
        np.ones(WORKER_BYTES)
    return persistence(past, horizon)


CARD = Card(method=METHOD, version="1", summary="Dies of 66 mm/h.", min_frames=1, max_frames=2, max_horizon=48)
BASELINES[METHOD] = Baseline(CARD, dies_of_some)


@worker_process_init.connect
def batched(**_: Any) -> None:
    """Let it run in batches, so that a poison has mates to harm."""
    drain_of_this_process().methods[METHOD] = Plain(BASELINES[METHOD], max_batch=BATCH)
