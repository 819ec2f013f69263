"""What a nowcast says of places, in JSON and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from radar.frames import Frames
from radar.nowcast import Nowcast
from radar.point import WINDOWS, Coverage, Place, Turn, place
from service.place_schemas import AmountView, PointAnswer, PointAnswers
from service.summary import DECIMALS, number, numbers

UNSEEN = {
    Coverage.NONE: "The radar does not see this place.",
    Coverage.UNAVAILABLE: "The radar does not see this place at the moment.",
}


@dataclass(frozen=True)
class Places:
    """Some places in a nowcast: of each its longitude, its latitude, and what is said there, None outside the grid."""

    nowcast: Nowcast
    now: datetime
    found: tuple[tuple[float, float, Place | None], ...]

    @classmethod
    def of(
        cls, nowcast: Nowcast, lonlats: Sequence[tuple[float, float]], now: datetime, past: Frames | None = None
    ) -> "Places":
        """Places looked up; BadFrames for a nowcast that lies nowhere on the Earth."""
        return cls(nowcast, now, tuple((lon, lat, place(nowcast, lon, lat, past)) for lon, lat in lonlats))


def view(places: Places) -> PointAnswers:
    """The answer as JSON."""
    nowcast = places.nowcast
    return PointAnswers(
        method=nowcast.method,
        version=nowcast.version,
        fallback_reason=nowcast.fallback_reason,
        reference_time=nowcast.reference_time,
        data_age_seconds=(places.now - nowcast.reference_time).total_seconds(),
        time=places.now,
        lead_minutes=list(nowcast.leads),
        times=list(nowcast.frames.times),
        thresholds=list(nowcast.chances.thresholds) if nowcast.chances else [],
        chances_made_by=nowcast.chances and nowcast.chances.made_by,
        points=[point(lon, lat, found, places) for lon, lat, found in places.found],
    )


def point(lon: float, lat: float, found: Place | None, places: Places) -> PointAnswer:
    """One place; it is not covered outside the grid, and unavailable when all that is known of it is past."""
    coverage = Coverage.NONE if found is None else found.coverage
    here = None if found is None else found.at(places.now)
    if coverage is Coverage.OK and here is None:
        coverage = Coverage.UNAVAILABLE
    if found is None or here is None or coverage is not Coverage.OK:
        return unseen(lon, lat, coverage, places.nowcast)
    turn, wet = found.turn(places.now), found.wet[here]
    rain_now = number(found.rates[here])
    return PointAnswer(
        lon=lon,
        lat=lat,
        coverage=coverage,
        sentence=sentence(wet, turn, found, places.now),
        rain_now=rain_now,
        wet=None if rain_now is None else wet,
        starts_in_minutes=None if turn is None or wet else round(turn.minutes, 1),
        ends_in_minutes=None if turn is None or not wet else round(turn.minutes, 1),
        confidence=None if turn is None or turn.chance is None else round(turn.chance, DECIMALS),
        rain=numbers(found.coming),
        chances=[numbers(row) for row in found.chances],
        amounts=[
            AmountView(minutes=window, mm=None if mm is None else round(mm, DECIMALS))
            for window, mm in zip(WINDOWS, found.amounts(places.now), strict=True)
        ],
    )


def unseen(lon: float, lat: float, coverage: Coverage, nowcast: Nowcast) -> PointAnswer:
    """A place of which nothing is known."""
    nothing: list[float | None] = [None] * len(nowcast.frames)
    return PointAnswer(
        lon=lon,
        lat=lat,
        coverage=coverage,
        sentence=UNSEEN[coverage],
        rain_now=None,
        wet=None,
        starts_in_minutes=None,
        ends_in_minutes=None,
        confidence=None,
        rain=nothing,
        chances=[nothing for _ in nowcast.chances.thresholds] if nowcast.chances else [],
        amounts=[AmountView(minutes=window, mm=None) for window in WINDOWS],
    )


def sentence(wet: bool, turn: Turn | None, found: Place, now: datetime) -> str:
    """The answer in words; what is not known is not called dry."""
    if turn is not None:
        likely = "" if turn.chance is None else f" ({100 * turn.chance:.0f} % likely)"
        return f"Rain {'ends' if wet else 'starts'} in {turn.minutes:.0f} min{likely}."
    known, whole = found.known_for(now), found.minutes[-1] - found.passed(now)
    if known is None:
        return "Whether it rains now is not known."
    span = "now" if known < 1 else f"for the next {known:.0f} min"
    rest = "" if known == whole else "; of what follows nothing is known"
    return f"{'Rain' if wet else 'No rain'} {span}{rest}."
