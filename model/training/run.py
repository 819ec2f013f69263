"""A training run: everything that changes from step to step, and the step."""

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from model.data.ahead import Ahead
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.training import feeding
from model.training.journal import Line
from model.training.parallel import Crew
from model.training.rollout import Forgetful, Rollout, count_observed
from model.training.schedule import optimizer_of, rate_factor, set_rate
from model.training.start import begun
from model.training.state import State
from radar.errors import BadInput

Part = tuple[Tensor, Tensor, Tensor | None]
"""Windows, where they were observed, and where the network is fed true frames."""


class Run:
    """One of a crew's processes at work on a recipe; all of them hold the same weights after every step."""

    def __init__(self, recipe: Recipe, batches: Ahead, crew: Crew) -> None:
        self.recipe, self.batches, self.crew = recipe, batches, crew
        self.network = begun(recipe).to(crew.device)
        average = get_ema_multi_avg_fn(recipe.average)  # type: ignore[no-untyped-call]
        self.averaged = AveragedModel(self.network, multi_avg_fn=average)
        if recipe.recompute:
            self.network.stack = Forgetful.like(self.network.stack)
        self.loss = crew.joined(Rollout(recipe, self.network, crew.device))
        self.optimizer = optimizer_of(recipe.optimizer, self.network.parameters(), recipe.decay)
        self.random = torch.Generator().manual_seed(recipe.seed)
        self.step = 0

    @property
    def over(self) -> bool:
        """True after the last step."""
        return self.step >= self.recipe.steps

    @property
    def average(self) -> Nowcaster:
        """The network with averaged weights."""
        module = self.averaged.module
        assert isinstance(module, Nowcaster)
        return module

    def state(self) -> State:
        """All that changes."""
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "batches": self.batches.state(),
            "random": self.random.get_state(),
        }

    def restore(self, state: State) -> None:
        """Be where `state` was taken."""
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.batches.restore(state["batches"])
        self.random.set_state(state["random"])
        self.step = int(state["step"])

    def advance(self, folder: Path) -> Line:
        """One optimiser step, and what the journal says of it.

        A loss or gradient that is not finite raises BadInput with the batch saved, and the weights are as before.
        """
        began = time.perf_counter()
        pixels, observed = self.batches.batch()
        fed = self._fed(len(pixels))
        loss = self._gradients(pixels, observed, fed)
        norm = self._norm()
        self.step += 1
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise self._ruin(folder, loss, pixels, observed)
        rate = self.recipe.rate * self._factor()
        set_rate(self.optimizer, rate)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        seconds = round(time.perf_counter() - began, 3)
        return {"step": self.step, "loss": loss, "gradient": norm, "rate": rate, "seconds": seconds}

    def _fed(self, share: int) -> Tensor | None:
        """Where this process's windows are fed true frames: all processes draw for all."""
        sizes = (self.recipe.batch, self.recipe.past, self.recipe.future)
        fed = feeding.draw(self.recipe.feed, self.step / self.recipe.steps, sizes, self.random)
        return None if fed is None else fed[self.crew.rank * share :][:share]

    def _gradients(self, pixels: Tensor, observed: Tensor, fed: Tensor | None) -> float:
        """The loss of the whole batch, a mean over its observed pixels, with its gradients in the weights."""
        self.optimizer.zero_grad(set_to_none=True)
        everywhere = self.crew.total(count_observed(observed).to(self.crew.device)) / self.crew.size
        total = torch.zeros((), device=self.crew.device)
        parts = list(self._parts(pixels, observed, fed))
        for at, (part, seen, eaten) in enumerate(parts, 1):
            with nullcontext() if at == len(parts) else self._unjoined():
                loss = self.loss(part, seen, eaten) * (count_observed(seen) / everywhere.clamp(min=1))
                loss.backward()
            total += loss.detach()
        return self.crew.total(total).item() / self.crew.size

    def _parts(self, pixels: Tensor, observed: Tensor, fed: Tensor | None) -> Iterator[Part]:
        """A batch in the parts it is worked off in, on the device."""
        size = len(pixels) // self.recipe.accumulate
        for start in range(0, len(pixels), size):
            part, seen = (whole[start : start + size].to(self.crew.device) for whole in (pixels, observed))
            yield part, seen, None if fed is None else fed[start : start + size].to(self.crew.device)

    def _unjoined(self) -> AbstractContextManager[None]:
        """Gradients stay in this process: more are to be added to them."""
        return self.loss.no_sync() if isinstance(self.loss, DistributedDataParallel) else nullcontext()

    def _norm(self) -> float:
        """The length of the gradient, which is clipped when the recipe says so."""
        longest = self.recipe.clip or math.inf
        return nn.utils.clip_grad_norm_(self.network.parameters(), longest).item()

    def _factor(self) -> float:
        return rate_factor(self.step - 1, self.recipe.steps, self.recipe.warmup, self.recipe.floor)

    def _ruin(self, folder: Path, loss: float, pixels: Tensor, observed: Tensor) -> BadInput:
        """What to raise when a step would ruin the weights; the windows at fault are saved."""
        path = folder / ("bad-batch.pt" if self.crew.leads else f"bad-batch-{self.crew.rank}.pt")
        torch.save((pixels, observed), path)
        what = "gradient" if math.isfinite(loss) else "loss"
        return BadInput(f"The {what} is not finite at step {self.step}; the batch is saved in {path}.")
