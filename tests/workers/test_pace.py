"""How long a method is likely to take."""

from tests.workers.storms import frames
from workers.pace import KEPT, LEAST, Pace

PAST = [frames(side=8)]


def paced(*seconds: float) -> Pace:
    pace = Pace()
    for one in seconds:
        pace.note("net", PAST, 2, one)
    return pace


def test_nobody_knows_before_there_are_some() -> None:
    assert paced(*[5.0] * (LEAST - 1)).expected("net", PAST, 2) is None
    assert paced(*[5.0] * LEAST).expected("net", PAST, 2) == 5


def test_it_is_the_median_of_the_last_ones() -> None:
    assert paced(1, 2, 100).expected("net", PAST, 2) == 2
    assert paced(*[9.0] * 99, *[3.0] * KEPT).expected("net", PAST, 2) == 3


def test_it_is_of_a_method_and_a_size() -> None:
    pace = paced(4, 4, 4)
    assert pace.expected("other", PAST, 2) is None
    assert pace.expected("net", PAST, 8) is None
    assert pace.expected("net", [frames(side=9)], 2) == 4 * 81 / 64


def test_who_is_passed_over_is_tried_again() -> None:
    pace = paced(5, 5, 5)
    pace.doubt("net", PAST, 2)
    assert pace.expected("net", PAST, 2) is None


def test_a_batch_takes_as_long_as_all_of_its_members() -> None:
    assert paced(4, 4, 4).expected("net", [*PAST, *PAST], 2) == 8
