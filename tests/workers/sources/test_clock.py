"""HTTP names from the clock."""

from datetime import timedelta

import pytest

from radar.errors import BadInput
from tests.feed import Feed
from tests.workers.sources.pulling import HERE, NOON, Dict, opened, pulled, spec
from workers.sources.table import open_source


def test_frames_are_at_multiples_of_the_cadence_and_an_offset(feed: Feed, memory: Dict) -> None:
    of = spec("clock", feed.url, "rw-%Y%m%d%H%M", retry_minutes=180)
    source = open_source(of, timedelta(hours=1), memory, offset=timedelta(minutes=50), hosts=HERE)
    source.new_since(None, NOON)
    assert feed.paths == [f"/rw-20260601{hour}50" for hour in (11, 10, "09")]


def test_the_time_may_stand_anywhere_in_the_url(feed: Feed, memory: Dict) -> None:
    feed.publish("/wms", b"picture")
    source = opened(spec("clock", f"{feed.url}/wms?time=%Y-%m-%dT%H:%M:00Z&layer=rr", retry_minutes=10), memory)
    assert pulled(source, None, NOON) == [("wms", b"picture"), ("wms", b"picture")]
    assert feed.asked[0][0] == "/wms?time=2026-06-01T12:00:00Z&layer=rr"
    assert pulled(source, NOON, NOON) == []


def test_nothing_of_the_future_is_asked_for(feed: Feed, memory: Dict) -> None:
    opened(spec("clock", feed.url, "%H%M%Y%m%d", retry_minutes=5), memory).new_since(None, NOON + timedelta(minutes=4))
    assert feed.paths == ["/120020260601"]


@pytest.mark.parametrize("name", ["latest*.h5", "%Y%m%d*"])
def test_a_name_must_follow_from_the_time(feed: Feed, name: str) -> None:
    with pytest.raises(BadInput, match="No name can be made"):
        opened(spec("clock", feed.url, name))
