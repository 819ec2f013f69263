"""What a run writes down as it goes: a line a step in log.jsonl, and the same for TensorBoard."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from model.checkpoint import put
from radar.errors import BadInput

Line = dict[str, float]
FILE = "log.jsonl"


class Board(Protocol):
    """What we use of TensorBoard's writer."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """Note a number."""

    def close(self) -> None:
        """Write what waits."""


class Journal:
    """Goes on after `step`: lines of steps that were made but not saved are forgotten, for they are made again."""

    def __init__(self, folder: Path, step: int, tensorboard: bool) -> None:
        self.board = board(folder / "tensorboard", step) if tensorboard else None
        forget(folder / FILE, step)
        self.file = (folder / FILE).open("a")

    def write(self, line: Line) -> None:
        """A line, on disk at once."""
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        if self.board:
            for name in line.keys() - {"step"}:
                self.board.add_scalar(name, line[name], int(line["step"]))

    def close(self) -> None:
        """Write what waits."""
        self.file.close()
        if self.board:
            self.board.close()


@contextmanager
def journal(folder: Path, step: int, tensorboard: bool) -> Iterator[Journal]:
    """A journal that is closed in the end."""
    kept = Journal(folder, step, tensorboard)
    try:
        yield kept
    finally:
        kept.close()


def forget(path: Path, step: int) -> None:
    """Keep the lines of the first `step` steps; the last line may be torn."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    put(path, "".join(lines[:step]).encode())


def board(folder: Path, step: int) -> Board:
    """TensorBoard's writer; BadInput when it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise BadInput("TensorBoard is not installed: pip install 'nowcast[tensorboard]'.") from error
    return SummaryWriter(folder, purge_step=step + 1)
