"""A lock that lasts as long as its holder lives."""

import pytest
from redis import Redis

from jobs.errors import RegionBusy
from tests.waiting import until
from workers.exclusive import exclusive


def test_the_lock_is_renewed_while_it_is_held(redis: Redis) -> None:
    with exclusive(redis, "lock", 3, "busy"):
        redis.pexpire("lock", 2500)
        until(lambda: redis.pttl("lock") > 2500)
        with pytest.raises(RegionBusy, match="busy"), exclusive(redis, "lock", 3, "busy"):
            pass
    assert redis.exists("lock") == 0


def test_a_lock_that_was_lost_is_not_taken_from_who_has_it(redis: Redis) -> None:
    with exclusive(redis, "lock", 5, "busy"):
        redis.set("lock", "another's")
    assert redis.get("lock") == b"another's"
