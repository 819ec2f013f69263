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
    tiles: str = Field(
        description="{z}, {x} and {y} stand for the tile; append &size, &color, &smooth as you like, and to that of a "
        "nowcast &threshold for the chance of so many mm/h"
    )
    came: str | None = Field(None, description="tiles of what the radar saw at the time of a nowcast, once it has")


class RunView(BaseModel):
    """Which nowcast the frames to come are of."""

    method: str = Field(description="what made it")
    version: str
    asked_for: str = Field(description="the method that was wanted; another made it when that could not")
    fallback_reason: str | None
    reference_time: datetime = Field(description="of the last frame it rests on")
    thresholds: list[float] = Field(description="mm/h it has chances of")
    methods: list[str] = Field(description="whose nowcasts after the same frame are kept: name one as `method`")


class TileJsonView(BaseModel):
    """A region's tiles as TileJSON 3.0 describes them, with its other frames beside the newest observed one."""

    tilejson: Literal["3.0.0"] = "3.0.0"
    name: str
    attribution: str
    scheme: Literal["xyz"] = "xyz"
    tiles: list[str] = Field(description="of the newest frame, whichever that is when they are asked for")
    minzoom: int = 0
    maxzoom: int
    bounds: tuple[float, float, float, float] = Field(
        description="west, south, east, north; all around the Earth for a region across the antimeridian"
    )
    bbox: tuple[float, float, float, float] = Field(
        description="the same as GeoJSON has it: west is more than east across the antimeridian"
    )
    center: tuple[float, float, float] = Field(description="longitude, latitude, zoom")
    frames: list[TileFrameView] = Field(description="oldest first")
    run: RunView | None = Field(description="null while there is no nowcast")
    kept_since: datetime | None = Field(description="from when on nowcasts are kept: `at` may name any time after it")


class LegendStep(BaseModel):
    """One colour."""

    value: float = Field(description="from this value on, in the legend's units", examples=[0.5])
    color: str = Field(description="#rrggbb", examples=["#3282e1"])
    opacity: float = Field(ge=0, le=1)


class LegendView(BaseModel):
    """What the colours mean."""

    name: str
    units: str = Field(description="mm/h of rain rates, % of chances", examples=["mm/h"])
    steps: list[LegendStep]
    missing: LegendStep = Field(description="what was not observed, where it is drawn; its value means nothing")
