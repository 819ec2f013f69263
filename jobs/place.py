"""A grid as JSON, the same for equal grids."""

import hashlib
import json

from jobs.errors import DamagedBlob
from radar.errors import BadFrames
from radar.grid import Grid


def described(grid: Grid) -> str:
    """A grid as text."""
    return json.dumps([grid.height, grid.width, list(map(float, grid.transform)), grid.crs])


def name_of(grid: Grid) -> str:
    """A grid as keys name it."""
    return hashlib.sha256(described(grid).encode()).hexdigest()[:16]


def grid_of(text: bytes) -> Grid:
    """The grid of `described`, or DamagedBlob."""
    try:
        height, width, transform, crs = json.loads(text)
        return Grid(height, width, tuple(transform), crs)
    except (ValueError, TypeError, BadFrames) as error:
        raise DamagedBlob("The grid of a history is damaged.") from error
