"""The network that all peers serve: bytes of frames in, bytes of a forecast out, and nothing about HTTP."""

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model import checkpoint
from model.engine import Engine
from model.export import Step, open_torch
from radar.frames import Frames
from radar.grid import Grid
from radar.rain import decode, encode

NETWORK, THREADS = "NOWCAST_PEER_NETWORK", "NOWCAST_PEER_THREADS"
"""Variables: a checkpoint's folder and, after a comma, a file of `nowcast export` to run instead of our engine."""
HORIZON = 12
START, CADENCE = datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=5)

Rain = NDArray[np.float32]


def opened() -> Callable[[bytes], bytes]:
    """What a peer answers with: the bytes of an npy of rain (T, Y, X) in mm/h to those of an npz of the forecast."""
    torch.set_num_threads(int(os.environ[THREADS]))
    folder, _, exported = os.environ[NETWORK].partition(",")
    said = program(Path(folder), Path(exported)) if exported else engine(Path(folder))
    return lambda body: packed(said(np.load(io.BytesIO(body), allow_pickle=False)))


def packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Arrays as an npz, not compressed."""
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's own flag stands in the way of names
    return file.getvalue()


def engine(folder: Path) -> Callable[[Rain], dict[str, NDArray[Any]]]:
    """Our engine on a checkpoint: its rain, as our own service answers it to who names no thresholds."""
    made = Engine(*checkpoint.read(folder))
    made.warm_up()

    def said(rain: Rain) -> dict[str, NDArray[Any]]:
        times = tuple(START + step * CADENCE for step in range(len(rain)))
        outlook = made.outlook([Frames(rain, times, Grid.picture(rain.shape[1:]))], HORIZON)[0]
        return {"rain": outlook.frames.rain}

    return said


def program(folder: Path, exported: Path) -> Callable[[Rain], dict[str, NDArray[Any]]]:
    """The exported step, rolled out: rain only, as the network alone says it."""
    network, card = checkpoint.read(folder)
    step, run = Step(network), open_torch(exported.read_bytes())

    @torch.inference_mode()
    def said(rain: Rain) -> dict[str, NDArray[Any]]:
        known = torch.from_numpy(encode(rain[-card.max_frames :]).astype(np.float32))[:, None, None]
        frame, states, leads = known[0], step.begin(known[0]), []
        for at in range(len(known) + HORIZON - 1):
            frame, *rest = run([known[at] if at < len(known) else frame, *states])
            states = list(rest[-len(states) :])
            leads.append(frame)
        return {"rain": decode(torch.cat(leads[-HORIZON:])[:, 0].numpy()).astype(np.float32)}

    return said
