"""KTH human actions (Schuldt et al. 2004) as the video-prediction papers lay them out: a folder of frames a film.

    boxing/person01_boxing_d1/1.png            the frames, or boxing/person01_boxing_d1_uncomp/image_0001.jpg
    {train,test}_data_list_trimmed.txt         a line a clip: person01_boxing_d1 1 95, its first and last frame

The lists lie in the folder itself, in its kth_txt, or in kth_txt beside it; without them a clip is every run of frames
whose numbers have no gap. Persons 1-16 are for training, 17-25 for test; frames are made grey, 128 x 128.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.data.reading import reading
from model.data.runs import span
from model.data.shuffled import Shuffled, observed_window
from model.data.window import Options, Window
from radar.errors import BadInput
from radar.grid import check_size

ACTIONS = ("boxing", "handclapping", "handwaving", "jogging", "running", "walking")
PERSONS = {"train": range(1, 17), "test": range(17, 26)}
SIDE = 128
FILM = re.compile(r"(person(\d\d)_([a-z]+)_d[1-4])(?:_uncomp)?")
FRAME = re.compile(r"(?:image_)?0*(\d+)\.(?:png|jpe?g)")
MOST_DIGITS = 5
"""Of a frame's number; the longest film has some 1,500 frames."""
EVERY, EVERY_SHORT = 20, 3
"""Frames between test windows; jogging and running are soon out of sight."""


@dataclass(frozen=True, eq=False)
class Film:
    """The frames of one person doing one thing."""

    folder: Path
    name: str
    person: int
    action: str

    @cached_property
    def frames(self) -> dict[int, Path]:
        """Number -> file."""
        found = ((FRAME.fullmatch(path.name), path) for path in self.folder.iterdir())
        return {int(match[1]): path for match, path in found if match}

    def frame(self, number: int) -> NDArray[np.uint8]:
        """(128, 128) grey; BadInput when it is missing or damaged."""
        if number not in self.frames:
            raise BadInput(f"{self.folder} has no frame {number}: a gap inside a window.")
        with (
            reading(self.frames[number], "a picture"),
            Image.open(self.frames[number], formats=["PNG", "JPEG"]) as image,
        ):
            check_size(1, image.height, image.width)
            return np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def open_kth(folder: Path, split: str, options: Options) -> "Kth":
    """Windows of a split's films."""
    films = {film.name: film for film in films_of(folder) if film.person in PERSONS[split]}
    if not films:
        raise BadInput(
            f"There is no film of {split} (persons {PERSONS[split][0]} to {PERSONS[split][-1]}) in {folder}."
        )
    return Kth(films, clips(folder, split, films), split, options)


class Kth(Shuffled):
    """Windows of clips: in training they begin at every frame, in test every 20th, every third of the short films."""

    def __init__(self, films: dict[str, Film], clips: list[tuple[str, range]], split: str, options: Options) -> None:
        super().__init__(options)
        self.order = [
            (films[name], first)
            for name, numbers in clips
            for first in begins(films[name].action, numbers, split, options)
        ]
        if not self.order:
            raise BadInput(f"No clip of the {split} split has {options.length} frames.")

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, at: int) -> Window:
        film, first = self.order[at]
        step = self.options.multiple
        frames = [film.frame(first + step * n) for n in range(self.options.length)]
        return observed_window(np.stack(frames)[:, None] / np.float32(255), self.options.past, event=film.name)

    def event(self, at: int) -> str:
        return self.order[at][0].name


def begins(action: str, numbers: range, split: str, options: Options) -> range:
    """The first frames of the windows of a clip."""
    own = 1 if split == "train" else EVERY_SHORT if action in ("jogging", "running") else EVERY
    return numbers[: max(0, len(numbers) - span(options.length, options.multiple) + 1) : options.every or own]


def films_of(folder: Path) -> list[Film]:
    """Every film below a folder; BadInput names a folder that is none."""
    folders = [path for action in ACTIONS for path in sorted((folder / action).glob("*/"))]
    if not folders:
        raise BadInput(f"There are no folders boxing/person01_boxing_d1 and so on in {folder}.")
    return [film_of(path) for path in folders]


def film_of(folder: Path) -> Film:
    """The film in a folder."""
    found = FILM.fullmatch(folder.name)
    if found is None or found[3] != folder.parent.name or not 1 <= int(found[2]) <= 25:
        raise BadInput(f"{folder} is not named like person01_{folder.parent.name}_d1.")
    return Film(folder, found[1], int(found[2]), found[3])


def clips(folder: Path, split: str, films: dict[str, Film]) -> list[tuple[str, range]]:
    """The clips of a split as film and frame numbers: from the trimmed list, or else every run of numbers."""
    places = (folder, folder / "kth_txt", folder.parent / "kth_txt")
    lists = [place / f"{split}_data_list_trimmed.txt" for place in places]
    listed = next((path for path in lists if path.exists()), None)
    if listed is None:
        return [(name, run) for name, film in films.items() for run in runs(sorted(film.frames))]
    with reading(listed, "a list of clips"):
        return [clip(line, films) for line in listed.read_text("ascii").splitlines() if line.strip()]


def clip(line: str, films: dict[str, Film]) -> tuple[str, range]:
    """The clip of a line; BadInput when it is none, or of a film that is not there."""
    words = line.split()
    if len(words) != 3 or not all(word.isdecimal() and len(word) <= MOST_DIGITS for word in words[1:]):
        raise BadInput(f"{line[:60]!r} is not a film, its first and its last frame.")
    if words[0] not in films:
        raise BadInput(f"The film {words[0][:60]} is not in the folder, or not of this split.")
    return words[0], range(int(words[1]), int(words[2]) + 1)


def runs(numbers: list[int]) -> list[range]:
    """Numbers in ascending order as ranges without a gap."""
    cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
    return [range(int(run[0]), int(run[-1]) + 1) for run in np.split(np.asarray(numbers, np.int64), cuts) if len(run)]
