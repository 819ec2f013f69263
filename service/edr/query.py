"""What an EDR query asks for: a box, times, parameters, a shape of the answer; each as the standard writes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from radar.errors import BadFrames
from radar.frames import in_utc, stamp, utc
from radar.nowcast import Nowcast
from service.coverage_json import MEDIA, name
from service.errors import BadQuery, UnknownFrame
from service.tiles.placing import Box

FORMATS = ("CoverageJSON", MEDIA)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SYSTEMS = ("CRS84", "OGC:CRS84", CRS84, CRS84.replace("http:", "https:"))
RAIN = "rain_rate"
EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Wish:
    """Where (well-known text), and of which times and parameters; all there are when it is not said."""

    coords: str
    times: tuple[datetime, datetime] = EVER
    parameters: tuple[str, ...] | None = None

    def frames(self, nowcast: Nowcast) -> list[int]:
        """Which frames are meant; UnknownFrame names the times there are."""
        first, last = self.times
        found = [at for at, time in enumerate(nowcast.frames.times) if first <= time <= last]
        if not found:
            there = f"{stamp(nowcast.frames.times[0])} to {stamp(nowcast.frames.times[-1])}"
            raise UnknownFrame(f"There is no frame at these times; there are frames from {there}.")
        return found

    def thresholds(self, nowcast: Nowcast) -> dict[str, float | None]:
        """The parameters that are meant, each with the threshold it is the chance of, None for the rain; BadQuery."""
        known = parameters(nowcast.chances.thresholds if nowcast.chances else ())
        chosen = tuple(known) if self.parameters is None else self.parameters
        if strange := [one for one in chosen if one not in known]:
            raise BadQuery(f"There is no parameter {strange[0][:64]!r}; there are {', '.join(known)}.")
        return {one: known[one] for one in chosen}


def parameters(thresholds: Sequence[float]) -> dict[str, float | None]:
    """By name, what a nowcast with chances of these thresholds (mm/h) knows."""
    return {RAIN: None, **{name(threshold): threshold for threshold in thresholds}}


def wish(coords: str | None, times: str | None, named: str | None) -> Wish:
    """What the query says; BadQuery without a place."""
    if not coords:
        raise BadQuery("coords is missing: it says where, such as POINT(24.94 60.17).")
    chosen = None if named is None else tuple(dict.fromkeys(part.strip() for part in named.split(",")))
    return Wish(coords, EVER if times is None else interval(times), chosen)


def known(said: str | None, there: Sequence[str], what: str) -> None:
    """Refuse, with BadQuery, what is not among those there are."""
    if said is not None and said.lower() not in map(str.lower, there):
        raise BadQuery(f"There is no {what} {said[:64]!r}; there is {', '.join(there)}.")


def box(text: str) -> Box:
    """West, south, east, north in degrees, of four numbers, or of six with heights between; BadQuery."""
    try:
        said = [float(part) for part in text.split(",")]
        west, south, east, north = said[:2] + said[3:5] if len(said) == 6 else said
    except ValueError as error:
        raise no_box(text) from error
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise no_box(text)
    return west, south, east, north


def no_box(text: str) -> BadQuery:
    """What is said of a box that is none."""
    return BadQuery(f"bbox is {text[:64]!r}; it is to be west,south,east,north in degrees, like 24.5,60,25.5,60.5.")


def interval(text: str) -> tuple[datetime, datetime]:
    """An instant, or two with a slash between, either of them open (`..` or nothing); BadQuery."""
    first, slash, last = text.partition("/")
    begin, end = (None if part.strip() in {"", ".."} else instant(part) for part in (first, last if slash else first))
    return begin or EVER[0], end or EVER[1]


def instant(text: str) -> datetime:
    """A time, UTC where it names no zone; BadQuery."""
    try:
        return utc(in_utc(datetime.fromisoformat(text.strip())))
    except (ValueError, BadFrames) as error:
        raise BadQuery(
            f"datetime is {text[:64]!r}; it is to be like 2016-09-28T14:45:00Z, or A/B, A/.. or ../B."
        ) from error
