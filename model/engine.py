"""Runs a network on Frames: every inference trick lives here and below, none in the model."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model import precision as lower_precision
from model.nowcaster import Nowcaster, Said
from model.precision import PRECISIONS, unmatched
from model.runners import Runner, lower, runner
from model.sample import Sample, as_given, dry, north_up
from model.zoo import Network
from radar.card import Card
from radar.chances import MAX_CODES, Outlook
from radar.errors import BadInput, NowcastError
from radar.frames import Frames

AUTO = "auto"
LARGE = 2**16
"""Pixels of a frame from which on what a second thread does is worth being handed to it."""


class EngineFailed(NowcastError):
    """The network gave something that is no rain; the caller's frames are not to blame."""


class Engine:
    """A network with its card on a device. `forecast` maps Frames to Frames, `outlook` tells chances as well.

    precision: float32, bfloat16, float16 or auto, the fastest that does not show (see model.precision).
    compiled: False for the engine's kernels in torch, without a compiler. BadInput for a precision there is not.
    """

    def __init__(
        self, network: Nowcaster, card: Card, device: str = "cpu", precision: str = AUTO, compiled: bool = True
    ) -> None:
        if precision != AUTO and precision not in PRECISIONS:
            raise BadInput(f"There is no precision {precision!r}; there are {AUTO}, {', '.join(PRECISIONS)}.")
        self.card, self.wanted, self.compiled = card, precision, compiled
        self.device = torch.device(device)
        self.network = network.eval().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.thresholds = Network.of(card.network or {}).thresholds if network.chance is not None else ()
        self.max_batch = 1

    def forecast(self, past: Sequence[Frames], horizon: int) -> list[Frames]:
        """The next `horizon` frames after each past; all of one padded shape and number of frames (see `shape`).

        Pixels never observed in a past stay NaN; an all-dry past gives an all-dry forecast without the network.
        Raises EngineFailed when the output is not finite.
        """
        return [said.frames for said in self._outlooks(past, horizon, ())]

    def outlook(self, past: Sequence[Frames], horizon: int) -> list[Outlook]:
        """As `forecast`, each with the chances of the network's thresholds, if not too many."""
        many = bool(past) and len(self.thresholds) * horizon * past[0].rain[0].size > MAX_CODES
        return self._outlooks(past, horizon, () if many else self.thresholds)

    def shape(self, frames: Frames) -> tuple[int, int, int]:
        """(frames, padded height, padded width): what may run in one batch."""
        stride = self.network.stride
        height, width = (-side % stride + side for side in frames.grid.shape)
        return min(len(frames), self.card.max_frames), height, width

    @cached_property
    def precision(self) -> torch.dtype:
        """What it computes in."""
        if self.wanted != AUTO:
            return PRECISIONS[self.wanted]
        faster = lower(self.network, self.device)
        if faster is None:
            return torch.float32
        exact, fast = (self._tried(name) for name, dtype in PRECISIONS.items() if dtype in (torch.float32, faster))
        return faster if lower_precision.passes(exact, fast, self.card, self.network) else torch.float32

    @cached_property
    def _aside(self) -> ThreadPoolExecutor:
        """The thread that puts leads where they belong; not there before it is needed, as workers fork."""
        return ThreadPoolExecutor(1, "leads")

    @cached_property
    def runner(self) -> Runner:
        """What runs the network; made when it is first needed, or by `warm_up`."""
        return runner(self.network, self.device, self.precision, self.compiled)

    def _tried(self, precision: str) -> lower_precision.Forecast:
        """The forecast of one past in a precision, before any matching, for trying it out."""
        made = Engine(self.network, unmatched(self.card), str(self.device), precision, self.compiled)
        return lambda past, horizon: made.forecast([past], horizon)[0].rain

    def _outlooks(self, past: Sequence[Frames], horizon: int, thresholds: tuple[float, ...]) -> list[Outlook]:
        used = [north_up(frames.last(self.card.max_frames)) for frames in past]
        wet = [frames for frames in used if not frames.dry]
        batches = (wet[start : start + self.max_batch] for start in range(0, len(wet), self.max_batch))
        rains = chain.from_iterable(self._run(batch, horizon, thresholds) for batch in batches)
        said = [dry(frames, horizon, thresholds) if frames.dry else next(rains) for frames in used]
        return [as_given(outlook, frames) for outlook, frames in zip(said, past, strict=True)]

    def _run(self, past: Sequence[Frames], horizon: int, thresholds: tuple[float, ...]) -> list[Outlook]:
        """The outlooks of one batch. Each lead of a large grid is put where it belongs while the next is computed."""
        samples = [Sample(frames, self.card, horizon, thresholds) for frames in past]
        large, keeping = past[0].rain[0].size >= LARGE, Future[None]()
        keeping.set_result(None)
        with torch.inference_mode():
            for lead, said in enumerate(self.runner.said(self._frames(samples, past[0]), horizon)):
                work = partial(keep, samples, lead, *self._finite(said))
                keeping.result()
                if large:
                    keeping = self._aside.submit(work)
                else:
                    work()
        keeping.result()
        return [sample.outlook() for sample in samples]

    def _frames(self, samples: Sequence[Sample], like: Frames) -> Iterator[Tensor]:
        """The frames of a batch, (B, 1, Y, X) each."""
        _, *shape = self.shape(like)
        each = zip(*(sample.pixels((shape[0], shape[1])) for sample in samples), strict=True)
        return (torch.from_numpy(np.stack(frames)[:, None]) for frames in each)

    def _finite(self, said: Said) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """What was said as arrays; EngineFailed when it is no number: as rain, infinity is clipped to a cloudburst."""
        arrays = [None if part is None else part.cpu().numpy() for part in said]
        if not all(part is None or np.isfinite(part).all() for part in arrays):
            raise EngineFailed(f"{self.card.method} gave a forecast that is not finite.")
        pixels, odds = arrays
        assert pixels is not None
        return pixels, odds

    def warm_up(self, limit: int = 16) -> None:
        """Compile and choose what there is to choose, and on a device with its own memory find the batch that pays.

        On a CPU a batch takes as long as its samples one by one (docs/decisions/0004), so they run one by one and
        a result does not depend on its batch mates to the last bit.
        """
        self._seconds(1)
        if self.device.type == "cpu":
            return
        paying = self._seconds(1)
        while self.max_batch < limit and (each := self._seconds(2 * self.max_batch)) < 0.9 * paying:
            self.max_batch, paying = 2 * self.max_batch, each

    def _seconds(self, batch: int) -> float:
        """Seconds per sample of a small rollout."""
        side = 4 * self.network.stride
        frames = [torch.rand(batch, 1, side, side)] * self.card.min_frames
        began = time.perf_counter()
        with torch.inference_mode():
            for said in self.runner.said(frames, 2):
                said.frame.cpu()
        return (time.perf_counter() - began) / batch


def keep(samples: Sequence[Sample], lead: int, pixels: NDArray[np.float32], odds: NDArray[np.float32] | None) -> None:
    """Put what was said of a lead, (B, 1, Y, X) and (B, thresholds, Y, X), where it belongs in each sample."""
    for at, sample in enumerate(samples):
        sample.keep(lead, pixels[at, 0], None if odds is None else odds[at])
