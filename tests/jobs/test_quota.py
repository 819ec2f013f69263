"""What a key may spend in a minute, on a real server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from jobs import keys
from jobs.quota import Quota, Quotas
from tests.jobs.conftest import redis
from tests.servers import redis_server, redis_url

__all__ = ["redis", "redis_server", "redis_url"]


def test_a_minutes_worth_may_come_at_once_and_no_more(redis: Redis) -> None:
    quotas = Quotas(redis)
    spent = [quotas.spend("a", [Quota("requests", 3)]) for _ in range(4)]
    assert [one.fits for one in spent] == [True, True, True, False]
    assert [one.left[0].remaining for one in spent] == [2, 1, 0, 0]
    assert 1 <= spent[3].tightest.retry <= 20


def test_keys_do_not_spend_for_each_other(redis: Redis) -> None:
    quotas = Quotas(redis)
    assert [quotas.spend(key, [Quota("requests", 1)]).fits for key in ("a", "b", "a")] == [True, True, False]


def test_what_one_quota_refuses_costs_the_other_nothing(redis: Redis) -> None:
    quotas, both = Quotas(redis), [Quota("requests", 10), Quota("nowcasts", 1)]
    quotas.spend("a", both)
    before = redis.get(keys.quota("a", "requests"))
    assert not quotas.spend("a", both).fits
    assert redis.get(keys.quota("a", "requests")) == before


def test_it_is_handed_back_evenly(redis: Redis) -> None:
    quotas, quota, key = Quotas(redis), Quota("requests", 4), keys.quota("a", "requests")
    for _ in range(4):
        quotas.spend("a", [quota])
    redis.set(key, float(redis.get(key) or 0) - 32_000)  # as if thirty-two seconds had passed
    assert sum(quotas.spend("a", [quota]).fits for _ in range(4)) == 2


def test_a_quota_that_nobody_spends_is_forgotten(redis: Redis) -> None:
    Quotas(redis).spend("a", [Quota("requests", 2)])
    assert 0 < redis.pttl(keys.quota("a", "requests")) <= 30_000


@pytest.mark.parametrize("limit", [1, 7, 600])
def test_the_headers_are_those_of_the_draft(redis: Redis, limit: int) -> None:
    spent = Quotas(redis).spend("a", [Quota("requests", limit)])
    assert spent.headers["RateLimit-Policy"] == f'"requests";q={limit};w=60'
    assert spent.headers["RateLimit"].startswith(f'"requests";r={limit - 1};t=')


def test_of_any_limit_exactly_so_many_fit_at_once(redis: Redis) -> None:
    quotas = Quotas(redis)

    @given(st.integers(1, 40))
    def check(limit: int) -> None:
        redis.flushdb()
        fitting = sum(quotas.spend("a", [Quota("requests", limit)]).fits for _ in range(limit))
        assert fitting == limit

    check()
