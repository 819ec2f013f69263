"""The JSON of tiles: RainViewer's list of maps, TileJSON, and legends."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class MapView(BaseModel):
    """One time of the animation."""

    time: int = Field(description="seconds since 1970", examples=[1475073900])
    path: str = Field(
        description="put it between host and /{size}/{z}/{x}/{y}/{color}/{options}.png",
        examples=["/v2/radar/1475073900_0f3a9c1b2d4e"],
    )


class RadarView(BaseModel):
    """What was seen, and what is expected."""

    past: list[MapView]
    nowcast: list[MapView]


class SatelliteView(BaseModel):
    """There for clients that ask; we have no satellites."""

    infrared: list[MapView]


class MapsView(BaseModel):
    """The animation of all regions, in the shape of RainViewer's weather-maps.json, version 2."""

    version: Literal["2.0"] = "2.0"
    generated: int = Field(description="seconds since 1970", examples=[1475073960])
    host: str = Field(examples=["http://localhost:8000"])
    radar: RadarView
    satellite: SatelliteView


class TileFrameView(BaseModel):
    """One frame of a region."""

    time: datetime
    kind: Literal["observed", "nowcast"]
    tiles: str = Field(description="{z}, {x} and {y} stand for the tile; append &size, &color, &smooth as you like")


class TileJsonView(BaseModel):
    """A region's tiles as TileJSON 3.0 describes them, with its other frames beside the newest observed one."""

    tilejson: Literal["3.0.0"] = "3.0.0"
    name: str
    attribution: str
    scheme: Literal["xyz"] = "xyz"
    tiles: list[str] = Field(description="of the newest frame, whichever that is when they are asked for")
    minzoom: int = 0
    maxzoom: int
    bounds: tuple[float, float, float, float] = Field(description="west, south, east, north")
    center: tuple[float, float, float] = Field(description="longitude, latitude, zoom")
    frames: list[TileFrameView] = Field(description="oldest first")


class LegendStep(BaseModel):
    """One colour."""

    rate: float = Field(description="from this rain rate on", examples=[0.5])
    color: str = Field(description="#rrggbb", examples=["#3282e1"])
    opacity: float = Field(ge=0, le=1)


class LegendView(BaseModel):
    """What the colours mean."""

    name: str
    units: Literal["mm/h"] = "mm/h"
    steps: list[LegendStep]
    missing: LegendStep = Field(description="what was not observed, where it is drawn; its rate means nothing")
