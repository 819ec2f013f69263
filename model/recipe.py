"""How a network is trained: one flat dataclass, which is also the command line and a TOML file."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Literal, get_type_hints

from model.data.table import DATASETS, kind_of
from model.losses import LOSSES
from model.training.feeding import FEEDS
from model.training.schedule import OPTIMIZERS
from model.training.words import Rules, written
from model.zoo import MODELS
from radar.errors import BadInput

CHOICES = {
    "data": tuple(DATASETS),
    "model": MODELS,
    "init": ("normal", "torch"),
    "loss": tuple(LOSSES),
    "feed": tuple(FEEDS),
    "optimizer": tuple(OPTIMIZERS),
    "bf16": ("true", "false", "auto"),
}
MAY_BE_ZERO = ("chance_weight", "crop", "warmup", "floor", "decay", "clip", "average", "check_every", "seed")
MOST = {"floor": 1, "average": 0.9999, "threads": 1024}
"""Of the numbers that have a limit of their own."""
FREE = ("accumulate", "recompute", "save_every", "tensorboard", "threads", "device")
"""What may change when a run is taken up again: the weights it ends with are the same but for rounding."""
NO_RAIN = "moving=false matched=false thresholds= coarsen=1"
"""What a data set that is no rain wants."""


@dataclass(frozen=True)
class Recipe:
    """Everything that makes a training run repeatable, besides the data folder."""

    data: Annotated[str, "kind of data set that lies in DATA"] = "radar"
    model: Annotated[str, "network"] = "ms-convlstm"
    width: Annotated[int, "channels of every layer"] = 32
    depth: Annotated[int, "layers"] = 6
    kernel: Annotated[int, "side of the convolutions in pixels"] = 3
    patch: Annotated[int, "pixels a side that are folded into channels at the door"] = 2
    residual: Annotated[bool, "predict the change from the last frame, not the frame"] = True
    moving: Annotated[bool, "see frames carried along the motion of the rain"] = True
    matched: Annotated[bool, "give forecasts the rain of the last frame back"] = True
    faded: Annotated[bool, "let details fade with lead, where frames move and amounts are matched"] = True
    links: Annotated[int, "flows of a TrajGRU"] = 10
    thresholds: Annotated[str, "rain rates (mm/h) to give chances of, with commas; none when empty"] = "0.5,1,2,5,10"
    chance_weight: Annotated[float, "weight of the chances' cross entropy in the loss"] = 0.2
    start: Annotated[str, "checkpoint folder to take the first weights from"] = ""
    init: Annotated[str, "first weights otherwise: normal ones that let changes through, or torch's own"] = "normal"
    past: Annotated[int, "known frames"] = 8
    future: Annotated[int, "frames to predict"] = 12
    crop: Annotated[int, "side of a training window in pixels; 0 is the whole frame"] = 64
    batch: Annotated[int, "windows a step, of all processes together"] = 16
    accumulate: Annotated[int, "parts a batch is worked off in, for less memory"] = 1
    recompute: Annotated[bool, "forget activations and compute them again backwards, for less memory"] = False
    steps: Annotated[int, "optimiser steps"] = 1400
    loss: Annotated[str, "what is minimised over observed pixels"] = "balanced"
    feed: Annotated[str, "what the network eats: its own predictions, or by a schedule true frames"] = "rollout"
    optimizer: Annotated[str, "optimiser"] = "adamw"
    rate: Annotated[float, "highest learning rate"] = 1e-3
    warmup: Annotated[int, "steps in which the rate rises to it"] = 50
    floor: Annotated[float, "share of the rate that is left at the end of its cosine; 1 keeps it"] = 0.01
    decay: Annotated[float, "weight decay"] = 1e-4
    clip: Annotated[float, "longest gradient; 0 does not clip"] = 1.0
    average: Annotated[float, "how much of the averaged weights a step keeps; 0 does not average"] = 0.995
    coarsen: Annotated[str, "block sizes that wide events are averaged over, with commas"] = "1,2,4"
    held_out: Annotated[str, "events to score on, with commas"] = ""
    validation: Annotated[str, "events to check and calibrate on, with commas"] = ""
    check_every: Annotated[
        int, "steps between checks on the validation events; the best weights are kept; 0 is never"
    ] = 0
    check_windows: Annotated[int, "windows of a check"] = 64
    save_every: Annotated[int, "steps between saved states"] = 100
    tensorboard: Annotated[bool, "log for TensorBoard too"] = False
    seed: Annotated[int, "of all that is random"] = 2022
    threads: Annotated[int, "processor threads"] = 1
    device: Annotated[str, "torch device; auto is the first GPU, or the processor"] = "auto"
    bf16: Annotated[bool | Literal["auto"], "compute in bfloat16; auto where the hardware can"] = True

    @property
    def apart(self) -> frozenset[str]:
        """The names of the events that are not trained on."""
        return self.scored | self.validating

    @property
    def scored(self) -> frozenset[str]:
        """The names of the events held out to score on."""
        return frozenset(name for name in self.held_out.split(",") if name)

    @property
    def validating(self) -> frozenset[str]:
        """The names of the events to check and calibrate on."""
        return frozenset(name for name in self.validation.split(",") if name)

    @property
    def levels(self) -> tuple[float, ...]:
        """The thresholds (mm/h) the network gives chances for."""
        try:
            return tuple(float(word) for word in self.thresholds.split(",") if word)
        except ValueError as error:
            raise BadInput(f"thresholds is rain rates with commas, not {self.thresholds!r}.") from error

    @classmethod
    def parse(cls, words: Sequence[str]) -> "Recipe":
        """A recipe from `key=value` words and TOML files, of which the last counts; BadInput names what is wrong."""
        kinds = {field.name: type(field.default) for field in fields(cls)}
        recipe = cls(**Rules(kinds, CHOICES, MAY_BE_ZERO, MOST).values(words))
        recipe.check()
        return recipe

    def check(self) -> None:
        """Refuse (BadInput) settings that do not go together."""
        if both := self.scored & self.validating:
            raise BadInput(f"{min(both)} is in held_out and in validation: a score on it would be flattered.")
        if self.check_every and not self.validating and self.data == "radar":
            raise BadInput("check_every needs validation, the events to check on.")
        if not kind_of(self.data).rain and (self.moving or self.matched or self.levels or self.loss == "balanced"):
            raise BadInput(f"{self.data} is no rain; it wants {NO_RAIN} and another loss than balanced.")


def described() -> list[tuple[str, str, str]]:
    """Every setting: its name, its default as it is written, and what it is with its choices."""
    about = {name: hint.__metadata__[0] for name, hint in get_type_hints(Recipe, include_extras=True).items()}
    choices = {name: f" ({', '.join(each)})" for name, each in CHOICES.items()}
    return [
        (field.name, written(field.default), about[field.name] + choices.get(field.name, ""))
        for field in fields(Recipe)
    ]
