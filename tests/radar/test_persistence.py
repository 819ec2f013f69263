from datetime import timedelta

import numpy as np

from radar.persistence import persistence
from radar.synthetic import storm


def test_the_last_frame_stays() -> None:
    past = storm((7, 13), frames=3)
    future = persistence(past, 4)
    assert future.rain.shape == (4, 7, 13)
    assert all(np.array_equal(frame, past.rain[-1]) for frame in future.rain)
    assert future.grid is past.grid


def test_time_goes_on_at_the_cadence() -> None:
    past = storm((2, 2), frames=2, cadence=timedelta(minutes=10))
    assert persistence(past, 2).times == tuple(past.times[-1] + n * timedelta(minutes=10) for n in (1, 2))


def test_what_was_not_observed_stays_so() -> None:
    past = storm((5, 5), frames=1)
    rain = past.rain.copy()
    rain[0, 1, 2] = np.nan
    future = persistence(type(past)(rain, past.times, past.grid), 2)
    assert np.isnan(future.rain).sum() == 2
    assert np.isnan(future.rain[:, 1, 2]).all()
