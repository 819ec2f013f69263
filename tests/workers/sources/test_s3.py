"""Buckets, listed anonymously."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from radar.errors import BadInput
from tests.feed import Feed, status, storm_files
from tests.workers.sources.pulling import FIVE, NOON, Dict, opened, pulled, spec
from workers.sources.errors import SourceFailed
from workers.sources.listing import MOST_PAGES
from workers.sources.s3 import place

FOLDER = "/openradar-24h/%Y/%m/%d/OPERA/COMP/"
NAME = "OPERA@%Y%m%dT%H%M@0@RATE.h5"
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


def fill(feed: Feed, count: int, page: int = 1000) -> None:
    """A bucket with the files of several times, and as many of another product."""
    feed.directory("/openradar-24h/", page)
    for time, data in storm_files(NOON - (count - 1) * FIVE, count).items():
        feed.publish(time.strftime(FOLDER + NAME), data)
        feed.publish(time.strftime(FOLDER + NAME.replace("RATE", "DBZH")), b"another")


def bucket(feed: Feed, **more: object) -> str:
    return f"{feed.url}{FOLDER}"


def test_new_keys_of_a_bucket_come_once(feed: Feed, memory: Dict) -> None:
    fill(feed, 5)
    source = opened(spec("s3", bucket(feed), NAME), memory)
    brought = pulled(source, None, NOON)
    assert [name for name, _ in brought] == [(NOON - n * FIVE).strftime(NAME) for n in (4, 3, 2, 1, 0)]
    assert [data for _, data in brought] == list(storm_files(NOON - 4 * FIVE, 5).values())
    feed.asked.clear()
    assert pulled(source, NOON, NOON) == []
    assert feed.paths == ["/openradar-24h/"]


def test_only_keys_that_may_matter_are_listed(feed: Feed, memory: Dict) -> None:
    fill(feed, 40)
    opened(spec("s3", bucket(feed), NAME, retry_minutes=5), memory).new_since(NOON - 2 * FIVE, NOON)
    query = parse_qs(urlsplit(feed.asked[0][0]).query)
    assert query["start-after"] == [(NOON - 2 * FIVE).strftime(FOLDER[15:] + NAME)]
    assert query["prefix"] == ["2026/06/01/OPERA/COMP/"]


def test_a_long_listing_is_read_page_by_page(feed: Feed, memory: Dict) -> None:
    fill(feed, 6, page=2)
    source = opened(spec("s3", bucket(feed), "*@%Y%m%dT%H%M@0@RATE.h5"), memory)
    assert len(pulled(source, None, NOON)) == 6
    assert feed.paths.count("/openradar-24h/") == 6


def test_an_endless_listing_is_refused(feed: Feed, memory: Dict) -> None:
    fill(feed, 30, page=2)
    with pytest.raises(SourceFailed, match=f"more than {MOST_PAGES} pages"):
        opened(spec("s3", bucket(feed), "*@%Y%m%dT%H%M@0@RATE.h5"), memory).new_since(None, NOON)


def test_the_first_minutes_of_a_day_look_into_both_folders(feed: Feed, memory: Dict) -> None:
    feed.directory("/b/")
    feed.publish("/b/0601/x202606012355", b"1")
    feed.publish("/b/0602/x202606020000", b"2")
    source = opened(spec("s3", f"{feed.url}/b/%m%d/"), memory)
    assert [data for _, data in pulled(source, None, NOON + timedelta(hours=12, minutes=1))] == [b"1", b"2"]


def test_strange_keys_are_asked_for_as_they_are(feed: Feed, memory: Dict) -> None:
    feed.directory("/b/")
    feed.publish("/b/a & b/ä+%25#?202606011200", b"rain")
    assert pulled(opened(spec("s3", f"{feed.url}/b/a & b/"), memory), None, NOON) == [("ä+%25#?202606011200", b"rain")]


@pytest.mark.parametrize("page", [BOMB, BOMB.decode().encode("utf-16"), b"<html>", b"", b"\xff", b"{}"])
def test_what_is_no_listing_is_a_sentence(feed: Feed, memory: Dict, page: bytes) -> None:
    feed.publish("/b/", status(200, page))
    with pytest.raises(SourceFailed, match="is no listing of a bucket"):
        opened(spec("s3", f"{feed.url}/b/"), memory).new_since(None, NOON)


def test_where_a_bucket_is() -> None:
    assert place("s3://noaa-mrms-pds/CONUS/%Y%m%d/") == ("https://noaa-mrms-pds.s3.amazonaws.com/", "CONUS/%Y%m%d/")
    assert place("https://s3.example/b/a/") == ("https://s3.example/b/", "a/")


def test_a_bucket_must_be_named() -> None:
    with pytest.raises(BadInput, match="names no bucket"):
        opened(spec("s3", "https://s3.example/"))
