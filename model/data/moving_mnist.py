"""Moving MNIST (Srivastava et al. 2015): two digits that bounce about a 64 x 64 square, made while they are wanted.

Beside the IDX files, the standard test sequences mnist_test_seq.npy (20, 10000, 64, 64) are the test split where they
lie in the folder. Train, validation and test never share a digit.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.crop import Chance
from model.data.idx import DIGIT, digits
from model.data.reading import reading
from model.data.runs import span
from model.data.shuffled import Shuffled, cropped, observed_window
from model.data.window import Dataset, Options, Window
from radar.errors import BadInput

SIDE = 64
STEP = 0.1
"""Of the room a digit has to move in, a frame."""
SEQUENCES = 10_000
"""In the fixed order, as many as the standard test sequences are."""
HUNDRED = 100
"""Sequences, which are independent of each other, that are taken together for an event."""
STANDARD = "mnist_test_seq.npy"
TRAIN, TEST = ("train-images", "t10k-images")
SPLITS = ("train", "valid", "test")
FIXED = 0x7FFFFFFF
"""Takes the place of a seed in the fixed order, which is the same for every run."""


def open_moving_mnist(folder: Path, split: str, options: Options) -> Dataset:
    """Sequences of a split: the standard ones for test where they are there, else made of digits."""
    if split == "test" and (folder / STANDARD).exists():
        return Standard(folder / STANDARD, options)
    return Bouncing(split_digits(folder, split), SPLITS.index(split), options)


class Bouncing(Dataset):
    """Sequences of two digits; the n-th is a function of its number, so that there is no end of them."""

    def __init__(self, images: NDArray[np.uint8], split: int, options: Options) -> None:
        super().__init__(options)
        self.images, self.split = images, split

    def __len__(self) -> int:
        return SEQUENCES

    def __getitem__(self, at: int) -> Window:
        if not 0 <= at < SEQUENCES:
            raise IndexError(at)
        return self._sequence(np.random.default_rng((FIXED, self.split, at)), self.event(at))

    def event(self, at: int) -> str:
        return f"{len(self.images)}-digits-{at // HUNDRED}"

    def draw(self, number: int) -> Window:
        """The random sequence of this number."""
        chance = np.random.default_rng((self.options.seed, self.split, number))
        return cropped(self._sequence(chance, f"{number}"), self.options.crop, chance)

    def _sequence(self, chance: Chance, name: str) -> Window:
        frames = np.zeros((self.options.length * self.options.multiple, SIDE, SIDE), np.uint8)
        for _ in range(2):
            image = self.images[chance.integers(len(self.images))]
            for frame, (y, x) in zip(frames, trajectory(chance, len(frames)), strict=True):
                square = frame[y : y + DIGIT, x : x + DIGIT]
                np.maximum(square, image, out=square)
        pixels = frames[:: self.options.multiple, None] / np.float32(255)
        return observed_window(pixels, self.options.past, event=name)


class Standard(Shuffled):
    """The standard test sequences, mapped into memory."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(options)
        with reading(path, "an array of Moving MNIST sequences"):
            self.sequences = np.load(path, mmap_mode="r", allow_pickle=False)
            shape = self.sequences.shape
            if len(shape) != 4 or shape[2:] != (SIDE, SIDE) or self.sequences.dtype != np.uint8:
                raise BadInput(f"The array is {self.sequences.dtype} {shape}, not uint8 (T, N, {SIDE}, {SIDE}).")
            if len(self.sequences) < span(options.length, options.multiple):
                raise BadInput(f"The sequences have {len(self.sequences)} frames, too few for {options.length}.")

    def __len__(self) -> int:
        return int(self.sequences.shape[1])

    def __getitem__(self, at: int) -> Window:
        frames = self.sequences[:: self.options.multiple, at, None][: self.options.length]
        return observed_window(frames / np.float32(255), self.options.past, event=self.event(at))

    def event(self, at: int) -> str:
        return f"standard-{at // HUNDRED}"


def trajectory(chance: Chance, count: int) -> NDArray[np.intp]:
    """(count, 2) rows and columns of a digit's corner: straight on at one speed, any way, bouncing off the edges."""
    at, angle = chance.random(2), chance.uniform(0, 2 * np.pi)
    velocity = STEP * np.array([np.sin(angle), np.cos(angle)])
    places = np.empty((count, 2))
    for frame in range(count):
        at += velocity
        velocity[(at <= 0) | (at >= 1)] *= -1
        places[frame] = np.clip(at, 0, 1, out=at)
    return ((SIDE - DIGIT) * places).astype(np.intp)


def split_digits(folder: Path, split: str) -> NDArray[np.uint8]:
    """The digits of a split. Of the training file the last twelfth (5,000) is for validation; where only the test file
    is there, its first 80 % are for training, the next 10 % for validation, the last for test."""
    train, test = found(folder, TRAIN), found(folder, TEST)
    if train is not None and split != "test":
        return parts(digits(train), 11 / 12, 1)[SPLITS.index(split)]
    if test is None:
        raise BadInput(f"There are no MNIST digits ({TEST}-idx3-ubyte.gz) in {folder}.")
    return digits(test) if train is not None else parts(digits(test), 0.8, 0.9)[SPLITS.index(split)]


def parts(images: NDArray[np.uint8], *ends: float) -> list[NDArray[np.uint8]]:
    """Images cut where these shares of them end."""
    return np.split(images, [round(end * len(images)) for end in ends])


def found(folder: Path, name: str) -> Path | None:
    """The IDX file of that name, in one of its spellings; None when there is none."""
    return next(iter(sorted(folder.glob(f"{name}[-.]idx3-ubyte*"))), None)
