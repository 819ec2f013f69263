"""Alerts to test with."""

from typing import Any

from jobs.alert import Alert, AlertPlan
from tests.hooks import SECRET
from tests.regions import PLACE

GRID = PLACE.grid()
"""Of the region `here`, 8 x 8."""


def position(row: float, column: float) -> list[float]:
    """Longitude and latitude of a place on the grid, counted in pixels from its corner."""
    return list(GRID.lonlat(row - 0.5, column - 0.5))


def point(row: float, column: float) -> dict[str, Any]:
    """A GeoJSON point."""
    return {"type": "Point", "coordinates": position(row, column)}


def polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    """A GeoJSON polygon of one ring."""
    return {"type": "Polygon", "coordinates": [[position(*corner) for corner in (*corners, corners[0])]]}


def plan(**other: Any) -> AlertPlan:
    """An alert on 5 mm/h in pixel (3, 4), over below 2."""
    said = {"geometry": point(3.5, 4.5), "threshold": 5, "off_threshold": 2, "within_minutes": 15}
    return AlertPlan.model_validate({**said, "url": "https://example.org/hook?token=t0k3n", "secret": SECRET, **other})


def alert(name: str = "flood", **other: Any) -> Alert:
    """The same under a name."""
    return Alert.of("here", name, plan(**other))
