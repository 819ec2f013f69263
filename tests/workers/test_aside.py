"""What is done aside is done in order, and what fails there stays there."""

import logging
from threading import Event

import pytest
from redis.exceptions import ConnectionError as ServerAway

from workers.aside import Aside


def test_one_thing_is_done_after_the_other_and_settled() -> None:
    aside, done = Aside(), list[int]()
    for number in range(20):
        aside.then(lambda number=number: done.append(number))  # type: ignore[misc]  # mypy knows no default of a lambda
    aside.settle()
    assert done == [*range(20)]


def test_what_takes_no_time_is_done_at_once_where_nothing_is_before_it() -> None:
    aside, done, going_on = Aside(), list[int](), Event()
    aside.afterwards(lambda: done.append(1))
    assert done == [1]
    aside.then(going_on.wait)
    aside.afterwards(lambda: done.append(2))
    assert done == [1]
    going_on.set()
    aside.settle()
    assert done == [1, 2]


def test_nothing_to_settle_is_settled() -> None:
    Aside().settle()


@pytest.mark.parametrize("error", [ServerAway("gone"), ValueError("a bug")])
def test_what_fails_is_logged_and_what_follows_is_done(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise error

    aside, done = Aside(), list[int]()
    aside.then(fail)
    aside.then(lambda: done.append(1))
    aside.settle()
    (record,) = caplog.records
    assert (done, record.levelno) == ([1], logging.ERROR if isinstance(error, ValueError) else logging.WARNING)
    assert "comes again" in record.message
