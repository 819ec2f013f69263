"""How a file of a data set is held while it is read: whatever is wrong with it becomes one sentence with its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radar.errors import BadInput


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Raise BadInput that names the file for whatever a parser trips over; `kind` says what it should have been."""
    try:
        yield
    except BadInput as error:
        raise type(error)(f"{path}: {error}") from error
    except FileNotFoundError as error:
        raise BadInput(f"{path} is missing.") from error
    except Exception as error:  # parsers of damaged bytes raise anything; only their calls stand in such a block
        raise BadInput(f"{path} is not {kind}, or it is damaged.") from error


def content(path: Path, most: int) -> bytes:
    """The bytes of a file; BadInput when they are more than such a file can have."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise BadInput(f"The file is larger than {most} bytes, more than any of its kind.")
    return data
