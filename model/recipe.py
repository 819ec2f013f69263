"""How a network is trained: one flat dataclass, which is also the command line."""

import math
from dataclasses import dataclass, fields

from radar.errors import BadInput

MAY_BE_ZERO = ("warmup", "average", "seed")


@dataclass(frozen=True)
class Recipe:
    """Everything that makes a training run repeatable, besides the data folder."""

    model: str = "ms-convlstm"
    width: int = 32
    patch: int = 2
    moving: bool = True
    matched: bool = True
    links: int = 10
    thresholds: str = "0.5,1,2,5,10"
    chance_weight: float = 0.2
    start: str = ""
    past: int = 8
    future: int = 12
    crop: int = 64
    batch: int = 16
    steps: int = 1400
    rate: float = 1e-3
    warmup: int = 50
    clip: float = 1.0
    average: float = 0.995
    coarsen: str = "1,2,4"
    held_out: str = ""
    seed: int = 2022
    threads: int = 1
    bf16: bool = True

    @property
    def apart(self) -> frozenset[str]:
        """The names of the events held out."""
        return frozenset(self.held_out.split(","))

    @property
    def rates(self) -> tuple[float, ...]:
        """The thresholds (mm/h) the network gives chances for."""
        try:
            return tuple(float(word) for word in self.thresholds.split(",") if word)
        except ValueError as error:
            raise BadInput(f"thresholds is rain rates with commas, not {self.thresholds!r}.") from error

    @classmethod
    def parse(cls, settings: tuple[str, ...]) -> "Recipe":
        """A recipe from `key=value` words; BadInput names the key that is unknown or does not parse."""
        return cls(**dict(_parsed(word) for word in settings))  # type: ignore[arg-type]


def _parsed(word: str) -> tuple[str, object]:
    key, equals, value = word.partition("=")
    kinds: dict[str, type] = {field.name: type(field.default) for field in fields(Recipe)}
    if not equals or key not in kinds:
        raise BadInput(f"{word!r} is no recipe setting; write key=value with one of {', '.join(kinds)}.")
    if kinds[key] is bool:
        if value not in ("true", "false"):
            raise BadInput(f"{key} is true or false, not {value!r}.")
        return key, value == "true"
    return key, value if kinds[key] is str else _number(key, value, kinds[key])


def _number(key: str, value: str, kind: type) -> float:
    try:
        number: float = kind(value)
    except ValueError as error:
        raise BadInput(f"{key} is a number, not {value!r}.") from error
    if not 0 < number < math.inf and not (number == 0 and key in MAY_BE_ZERO):
        raise BadInput(f"{key} is more than 0, not {value!r}.")
    return number
