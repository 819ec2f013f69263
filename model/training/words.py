"""Settings out of `key=value` words and TOML files: which there are, and what their values may be."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radar.errors import BadInput

MAX_TOML_BYTES = 2**16
MOST = 2**31 - 1
"""Of any number: what torch and numpy take for a seed, a size or a count."""
SWITCH = ("true", "false")


@dataclass(frozen=True)
class Rules:
    """kinds: the type of each setting by name; choices: the values of those that have a list; numbers are above 0, and
    at most what `most` says of some and MOST of the others."""

    kinds: Mapping[str, type]
    choices: Mapping[str, Sequence[str]]
    may_be_zero: Sequence[str]
    most: Mapping[str, float]

    def values(self, words: Sequence[str]) -> dict[str, Any]:
        """What words and files set, the last one counting; BadInput names the first word that is wrong."""
        pairs = [pair for word in words for pair in (of_file(Path(word)) if names_file(word) else [self.split(word)])]
        return {self.known(key): self.value(key, text) for key, text in pairs}

    def split(self, word: str) -> tuple[str, str]:
        """The key and the text of `key=value`."""
        key, equals, text = word.partition("=")
        return self.known(key if equals else "", word), text

    def known(self, key: str, word: str = "") -> str:
        """The key, if there is such a setting."""
        if key not in self.kinds:
            raise BadInput(
                f"{word or key!r} is no recipe setting; write key=value with one of {', '.join(self.kinds)}."
            )
        return key

    def value(self, key: str, text: str) -> Any:
        """The value a text stands for."""
        kind = self.kinds[key]
        choices = self.choices.get(key, SWITCH if kind is bool else ())
        if choices and text not in choices:
            raise BadInput(f"{key} is {' or '.join(choices)}, not {text!r}.")
        if kind is bool:
            return text == "true" if text in SWITCH else text
        return text if kind is str else self.number(key, text)

    def number(self, key: str, text: str) -> float:
        """The number a text stands for."""
        try:
            number: float = self.kinds[key](text)
        except ValueError as error:
            raise BadInput(f"{key} is a {'whole ' * (self.kinds[key] is int)}number, not {text!r}.") from error
        zero, most = key in self.may_be_zero, self.most.get(key, MOST)
        if not (0 < number <= most or (number == 0 and zero)):
            least = "0 or more" if zero else "more than 0"
            raise BadInput(f"{key} is {f'at most {most:.12g}' if number > most else least}, not {text!r}.")
        return number


def names_file(word: str) -> bool:
    """True for a word that names a TOML file."""
    return word.endswith(".toml") and "=" not in word


def of_file(path: Path) -> list[tuple[str, str]]:
    """The settings of a TOML file as keys and texts."""
    try:
        with path.open("rb") as file:
            table = tomllib.loads(file.read(MAX_TOML_BYTES).decode())
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not a recipe (TOML): {str(error) or 'it is nested too deep'}.") from error
    return [(key, text_of(key, value)) for key, value in table.items()]


def text_of(key: str, value: object) -> str:
    """A value of a TOML file as it stands on the command line; a list is its items with commas."""
    if isinstance(value, list):
        return ",".join(text_of(key, item) for item in value)
    if not isinstance(value, str | int | float):
        raise BadInput(f"{key} is one value or a list of them.")
    return written(value)


def written(value: object) -> str:
    """A value as it stands on the command line.

    >>> [written(value) for value in (True, 1e-4, 3, "auto")]
    ['true', '0.0001', '3', 'auto']
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
