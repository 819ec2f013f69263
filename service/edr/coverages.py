"""A nowcast at points and in areas, as CoverageJSON (OGC 21-069r2): pixels as they are, nothing between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from covjson_pydantic.coverage import Coverage, CoverageCollection
from covjson_pydantic.domain import Axes, Domain, DomainType, ValuesAxis
from covjson_pydantic.ndarray import NdArrayFloat
from covjson_pydantic.parameter import Parameters
from numpy.typing import NDArray
from pydantic import AwareDatetime

from jobs.geometry import Pixels, Point, Polygon, looked_up
from radar.chances import decoded
from radar.errors import BadInput, TooLarge
from radar.frames import stamp
from radar.grid import Grid, to_lonlat
from radar.nowcast import Nowcast
from service.coverage_json import CLOCK, LONLAT, chance, rain
from service.edr.query import Wish
from service.errors import BadQuery
from service.summary import numbers

MOST_VALUES = 2**18
"""Of one answer; as JSON that is about 2 MB."""
DEGREES = 5
"""Decimals of a longitude or latitude: a metre."""


@dataclass(frozen=True, eq=False)
class Part:
    """The frames of a nowcast that are wanted, and by name the thresholds (mm/h) of the chances, None for the rain."""

    nowcast: Nowcast
    frames: NDArray[np.intp]
    wanted: dict[str, float | None]

    @classmethod
    def of(cls, nowcast: Nowcast, wish: Wish) -> "Part":
        """What is wished for; UnknownFrame, BadQuery."""
        return cls(nowcast, np.array(wish.frames(nowcast)), wish.thresholds(nowcast))

    @property
    def times(self) -> ValuesAxis[AwareDatetime]:
        """The axis of time."""
        return ValuesAxis[AwareDatetime](values=[self.nowcast.frames.times[at] for at in self.frames])

    @property
    def parameters(self) -> Parameters:
        """What the values are."""
        return Parameters(
            {name: rain() if threshold is None else chance(threshold) for name, threshold in self.wanted.items()}
        )

    @property
    def made(self) -> dict[str, Any]:
        """How the nowcast was made."""
        nowcast = self.nowcast
        said = {"method": nowcast.method, "version": nowcast.version, "fallback_reason": nowcast.fallback_reason}
        return {
            f"nowcast:{key}": text for key, text in {**said, "reference_time": stamp(nowcast.reference_time)}.items()
        }

    def ranges(self, pixels: Pixels, axes: Sequence[str]) -> dict[str, Any]:
        """The values of every parameter at some pixels, along time and, where `axes` names a second one, the pixels."""
        shape = [len(self.frames), len(pixels)][: len(axes)]
        return {
            name: NdArrayFloat(axisNames=list(axes), shape=shape, values=numbers(self._values(threshold, pixels)))
            for name, threshold in self.wanted.items()
        }

    def _values(self, threshold: float | None, pixels: Pixels) -> NDArray[np.float32]:
        """(T, N) of one parameter."""
        at = (self.frames[:, None], *pixels.T)
        if threshold is None:
            rates: NDArray[np.float32] = self.nowcast.frames.rain[at]
            return rates
        assert self.nowcast.chances is not None
        return decoded(self.nowcast.chances.codes[self.nowcast.chances.thresholds.index(threshold)][at])

    def check(self, pixels: int) -> None:
        """Refuse, with TooLarge, more than one answer holds."""
        values = len(self.frames) * len(self.wanted) * pixels
        if values > MOST_VALUES:
            raise TooLarge(
                f"{values} values are asked for and at most {MOST_VALUES} are given at once; "
                "name a smaller area, fewer parameters or a shorter time."
            )


def at_points(nowcast: Nowcast, points: Sequence[Point], wish: Wish) -> Coverage | CoverageCollection:
    """A series at each point: a coverage, or a collection of several; BadQuery outside the grid."""
    part, referencing = Part.of(nowcast, wish), [LONLAT, CLOCK]
    part.check(len(points))
    if len(points) == 1:
        series = at_point(part, points[0])
        domain = series.domain.model_copy(update={"referencing": referencing})
        return Coverage(domain=domain, parameters=part.parameters, ranges=series.ranges, **part.made)
    return CoverageCollection(
        domainType=DomainType.point_series,
        coverages=[at_point(part, point) for point in points],
        parameters=part.parameters,
        referencing=referencing,
        **part.made,
    )


def at_point(part: Part, point: Point) -> Coverage:
    """The series of the pixel that a point lies in."""
    lon, lat = point.coordinates
    pixel = part.nowcast.frames.grid.pixel(lon, lat)
    if pixel is None:
        raise BadQuery(f"{lon:g} {lat:g} lies outside the region's grid.")
    axes = Axes(x=ValuesAxis[float](values=[lon]), y=ValuesAxis[float](values=[lat]), t=part.times)
    domain = Domain(domainType=DomainType.point_series, axes=axes)
    return Coverage(domain=domain, ranges=part.ranges(np.array([pixel]), ["t"]))


def in_area(nowcast: Nowcast, polygons: Sequence[Polygon], wish: Wish) -> Coverage:
    """The pixels of the polygons and of their corners, each at the longitude and latitude of its centre, in time."""
    part, grid = Part.of(nowcast, wish), nowcast.frames.grid
    pixels = within(polygons, grid)
    part.check(len(pixels))
    places = ValuesAxis[tuple](dataType="tuple", coordinates=["x", "y"], values=centres(grid, pixels))  # type: ignore[type-arg]
    domain = Domain(
        domainType=DomainType.multi_point_series, axes=Axes(t=part.times, composite=places), referencing=[LONLAT, CLOCK]
    )
    return Coverage(
        domain=domain, parameters=part.parameters, ranges=part.ranges(pixels, ["t", "composite"]), **part.made
    )


def within(polygons: Sequence[Polygon], grid: Grid) -> Pixels:
    """The pixels of all polygons, none of them twice; BadQuery for none."""
    inside = np.zeros(grid.shape, bool)  # of a hundred large polygons the pixels themselves would be gigabytes
    try:
        for polygon in polygons:
            inside[tuple(looked_up(polygon, grid).T)] = True
    except BadInput as error:
        raise BadQuery(str(error)) from error
    return np.argwhere(inside)


def centres(grid: Grid, pixels: Pixels) -> list[tuple[float, float]]:
    """Longitude and latitude of pixel centres."""
    a, b, c, d, e, f = grid.transform
    rows, columns = (pixels + 0.5).T
    lon, lat = to_lonlat(grid.crs or "").transform(a * columns + b * rows + c, d * columns + e * rows + f)
    turned = np.mod(np.asarray(lon) + 180, 360) - 180
    return list(zip(np.round(turned, DEGREES).tolist(), np.round(lat, DEGREES).tolist(), strict=True))
