"""How much it rains, of frames and of regions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from redis import Redis

from jobs.arrivals import arrive
from jobs.history import History
from jobs.regions import Regions
from jobs.weather import Weather, weather
from radar.frames import Rain
from tests.regions import frames, region, steady_clock

__all__ = ["steady_clock"]

FIELDS = arrays.arrays(np.float32, (3, 4), elements=st.floats(0, 200, width=32) | st.just(np.nan))


@given(FIELDS)
def test_shares_are_shares(rain: Rain) -> None:
    found = Weather.of(rain)
    assert 0 <= found.wet <= 1
    assert found.observed == np.isfinite(rain).mean()
    assert found.highest == (np.nanmax(rain) if found.observed else 0)


def test_a_tenth_of_a_millimetre_is_wet() -> None:
    found = Weather.of(np.array([[0.0, 0.1, 5.0, np.nan]], np.float32))
    assert found == Weather(2 / 3, 0.75, 5.0)


def test_a_region_has_that_of_its_newest_frame(redis: Redis) -> None:
    history, newest = History(redis), frames(0)
    arrive(history, region(), frames(2, 1, 0))
    arrive(history, region(), frames(4, 3))  # they come late
    assert weather(redis) == {"here": Weather.of(newest.rain[0])}


def test_a_region_that_is_gone_has_none(redis: Redis) -> None:
    regions, history = Regions(redis), History(redis)
    regions.put(region())
    arrive(history, region(), frames(0))
    regions.delete("here")
    assert weather(redis) == {}
