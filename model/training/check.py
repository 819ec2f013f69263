"""How a run does on validation windows, and the weights that did best there."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import repeat

import torch
from torch import Tensor

from model.data.window import Dataset
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.training.parallel import Crew
from model.training.rollout import Rollout, count_observed
from model.training.state import State


@dataclass
class Check:
    """The loss on the same windows each time, rolled out as a forecast is; keeps the weights that had the lowest."""

    recipe: Recipe
    windows: Dataset
    crew: Crew
    best: float = math.inf
    weights: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first = self.windows.state()

    def due(self, step: int) -> bool:
        """True after the steps at which it is time for one."""
        return step % self.recipe.check_every == 0 or step == self.recipe.steps

    def look(self, network: Nowcaster) -> float:
        """The loss of the network, a mean over the observed pixels of all windows."""
        loss = self.loss(Rollout(self.recipe, network, self.crew.device))
        if loss < self.best:
            self.best, self.weights = loss, {name: value.clone() for name, value in network.state_dict().items()}
        return loss

    @torch.no_grad()
    def loss(self, rollout: Rollout) -> float:
        """Of a network with what it minimises."""
        self.windows.restore(self.first)
        share = self.recipe.batch // self.crew.size
        sums = torch.zeros(2, dtype=torch.float64, device=self.crew.device)
        for _ in repeat(None, math.ceil(self.recipe.check_windows / self.recipe.batch)):
            pixels, observed = (part.to(self.crew.device) for part in self.windows.batch(share))
            count = count_observed(observed)
            sums += torch.stack((rollout(pixels, observed).double() * count, count.double()))
        error, count = self.crew.total(sums).tolist()
        return float(error / max(count, 1))

    def state(self) -> State:
        """What it has found so far."""
        return {"best": self.best, "weights": dict(self.weights)}

    def restore(self, state: State) -> None:
        """Be where `state` was taken."""
        self.best, self.weights = float(state["best"]), state["weights"]
