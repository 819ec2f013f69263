"""A bound on what a worker takes of memory: a job that needs more falls back, and the pool child begins anew."""

import logging
import resource
import sys
from threading import Event

import cv2
import torch

log = logging.getLogger(__name__)

SHORT = Event()
"""Set once this process could not have what a job needed."""


def bound(limit: int | None) -> None:
    """From now on this process gets at most so many bytes for its data (RLIMIT_DATA of Linux); None: what there is."""
    if limit is not None and sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def ran_out(error: Exception) -> bool:
    """True for what numpy, torch and OpenCV raise where there is no memory; noted for `renew`."""
    short = (
        isinstance(error, MemoryError | torch.OutOfMemoryError)
        or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))  # torch on a CPU
        or (isinstance(error, cv2.error) and error.code == cv2.Error.STS_NO_MEM)
    )
    if short:
        SHORT.set()
    return short


def renew() -> None:
    """End a pool child that was short of memory, what it holds with it; the worker starts another."""
    if SHORT.is_set():
        log.warning("a job needed more memory than there is; this process is replaced")
        raise SystemExit
