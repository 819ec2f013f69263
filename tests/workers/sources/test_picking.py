"""What one pull brings after another: new, late, missing, re-issued and damaged files."""

import logging
from datetime import datetime, timedelta

import pytest

from radar.errors import TooLarge
from radar.formats.table import read_all
from tests.feed import Feed, file, later, status, storm_file, storm_files
from tests.workers.sources.pulling import FIVE, NOON, Dict, opened, pulled, spec
from workers.sources import picking
from workers.sources.contract import Source
from workers.sources.errors import Busy, SourceFailed
from workers.sources.picking import MOST_FILES, REVISITED

NAME = "radar_%Y%m%d%H%M.nc"


def at(time: datetime) -> str:
    """Where a time's file is published."""
    return time.strftime("/%Y%m%d/" + NAME)


def clock(feed: Feed, memory: Dict, **more: object) -> Source:
    return opened(spec("clock", f"{feed.url}/%Y%m%d/", NAME, **more), memory)


def times(brought: list[tuple[str, bytes]]) -> list[str]:
    return [name[-7:-3] for name, _ in brought]


def test_a_region_begins_with_what_the_retry_window_holds(feed: Feed, memory: Dict) -> None:
    files = storm_files(NOON - 12 * FIVE, 13)
    for time, data in files.items():
        feed.publish(at(time), data)
    brought = pulled(clock(feed, memory), None, NOON)
    assert times(brought) == ["1135", "1140", "1145", "1150", "1155", "1200"]
    frames = read_all(brought)
    assert frames.times == tuple(files)[-6:]


def test_then_only_what_is_new_comes(feed: Feed, memory: Dict) -> None:
    for time, data in storm_files(NOON - 6 * FIVE, 8).items():
        feed.publish(at(time), data)
    pulled(clock(feed, memory), None, NOON)
    assert times(pulled(clock(feed, memory), NOON, NOON + FIVE)) == ["1205"]
    assert pulled(clock(feed, memory), NOON + FIVE, NOON + FIVE) == []


def test_a_gap_is_skipped_and_filled_when_it_comes_late(feed: Feed, memory: Dict) -> None:
    files = storm_files(NOON - 4 * FIVE, 5)
    for time, data in files.items():
        feed.publish(at(time), data if time != NOON - FIVE else later(1, file(data)))
    assert times(pulled(clock(feed, memory), None, NOON)) == ["1140", "1145", "1150", "1200"]
    assert times(pulled(clock(feed, memory), NOON, NOON + FIVE)) == ["1155"]
    assert pulled(clock(feed, memory), NOON, NOON + FIVE) == []


def test_a_file_that_never_comes_is_asked_for_while_the_window_lasts(feed: Feed, memory: Dict) -> None:
    for minute in range(0, 60, 5):
        now = NOON + timedelta(minutes=minute)
        pulled(clock(feed, memory, retry_minutes=30), NOON - FIVE, now)
    asked = [path for path in feed.paths if path == at(NOON)]
    assert len(asked) == 7  # at 12:00, 12:05 ... 12:30


def test_a_reissued_file_comes_again_and_the_same_one_does_not(feed: Feed, memory: Dict) -> None:
    files = storm_files(NOON - 4 * FIVE, 5)
    for time, data in files.items():
        feed.publish(at(time), data)
    pulled(clock(feed, memory), None, NOON)
    feed.asked.clear()
    assert pulled(clock(feed, memory), NOON, NOON + FIVE) == []
    revisited = [headers for path, headers in feed.asked if "If-None-Match" in headers]
    assert len(revisited) == REVISITED
    feed.publish(at(NOON), storm_file(NOON, seed=99))
    assert pulled(clock(feed, memory), NOON, NOON + FIVE) == [(at(NOON)[10:], storm_file(NOON, seed=99))]


def test_the_same_bytes_under_another_etag_are_not_news(feed: Feed, memory: Dict) -> None:
    data = storm_file(NOON)
    feed.publish(at(NOON), file(data, ETag='"a"'))
    assert len(pulled(clock(feed, memory), None, NOON)) == 1
    feed.publish(at(NOON), file(data, published=1.0, ETag='"b"'))
    assert pulled(clock(feed, memory), NOON, NOON) == []


def test_what_was_not_taken_is_offered_again(feed: Feed, memory: Dict) -> None:
    feed.publish(at(NOON), storm_file(NOON))
    lost = clock(feed, memory).new_since(NOON - FIVE, NOON)  # and then the worker dies
    assert pulled(clock(feed, memory), NOON - FIVE, NOON) == [(one.name, one.data) for one in lost]
    assert pulled(clock(feed, memory), NOON - FIVE, NOON) == []


def test_without_memory_nothing_old_comes_again(feed: Feed) -> None:
    for time, data in storm_files(NOON - 6 * FIVE, 8).items():
        feed.publish(at(time), data)
    assert times(pulled(clock(feed, Dict()), NOON, NOON + FIVE)) == ["1205"]


def test_a_new_history_begins_anew_whatever_is_remembered(feed: Feed, memory: Dict) -> None:
    feed.publish(at(NOON), storm_file(NOON))
    first = pulled(clock(feed, memory), None, NOON)
    assert pulled(clock(feed, memory), None, NOON) == first


def test_after_an_outage_the_newest_come_first_and_not_all_at_once(feed: Feed, memory: Dict) -> None:
    for n in range(100):
        feed.publish(at(NOON - n * FIVE), b"%d" % n)
    brought = pulled(clock(feed, memory, retry_minutes=600), NOON - 99 * FIVE, NOON)
    assert [data for _, data in brought] == [b"%d" % n for n in reversed(range(MOST_FILES))]
    assert len(feed.asked) == MOST_FILES


def test_a_pull_holds_no_more_than_it_can(feed: Feed, memory: Dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picking, "MOST_BYTES", 15)
    for n in range(4):
        feed.publish(at(NOON - n * FIVE), bytes(10))
    assert times(pulled(clock(feed, memory), NOON - 4 * FIVE, NOON)) == ["1155", "1200"]
    assert times(pulled(clock(feed, memory), NOON, NOON)) == ["1145", "1150"]


def test_a_memory_of_another_version_is_none(feed: Feed, memory: Dict) -> None:
    feed.publish(at(NOON), storm_file(NOON))
    first = pulled(clock(feed, memory), NOON - FIVE, NOON)
    for text in ("{", "[]", '{"etag": 5}'):
        memory.values = {key: text if ":file:" in key else value for key, value in memory.values.items()}
        assert pulled(clock(feed, memory), NOON - FIVE, NOON) == first


def test_one_bad_file_does_not_hide_the_others(feed: Feed, memory: Dict, caplog: pytest.LogCaptureFixture) -> None:
    files = storm_files(NOON - 2 * FIVE, 3)
    for time, data in files.items():
        feed.publish(at(time), data)
    feed.publish(at(NOON), status(200, b"<html>", Content_Type="text/html; charset=utf-8"))
    with caplog.at_level(logging.WARNING):
        assert times(pulled(clock(feed, memory), None, NOON)) == ["1150", "1155"]
    assert "is a web page, not a radar file" in caplog.text


def test_when_all_fails_the_first_reason_is_said(feed: Feed, memory: Dict) -> None:
    feed.publish(at(NOON), bytes(101))
    with pytest.raises(TooLarge, match="larger than the 100 bytes"):
        clock(feed, memory, max_bytes=100).new_since(NOON - FIVE, NOON)


def test_a_dead_server_is_not_hammered(feed: Feed, memory: Dict) -> None:
    for n in range(20):
        feed.publish(at(NOON - n * FIVE), status(418))
    with pytest.raises(SourceFailed, match="answered 418"):
        clock(feed, memory, retry_minutes=120).new_since(None, NOON)
    assert len(feed.asked) == 2


def test_a_busy_server_is_left_alone_until_its_time_is_up(feed: Feed, memory: Dict) -> None:
    feed.publish(at(NOON), status(429, Retry_After="600"))
    for _ in range(3):
        with pytest.raises(Busy):
            clock(feed, memory).new_since(NOON - FIVE, NOON)
    assert len(feed.asked) == 1
    pause = next(key for key in memory.values if key.endswith("pause"))
    memory.values[pause] = "0"
    feed.publish(at(NOON), storm_file(NOON))
    assert times(pulled(clock(feed, memory), NOON - FIVE, NOON)) == ["1200"]


def test_two_sources_of_a_region_do_not_mix_their_memories(feed: Feed, memory: Dict) -> None:
    feed.publish("/a/" + at(NOON)[10:], b"a")
    feed.publish("/b/" + at(NOON)[10:], b"b")
    for folder in ("a", "b"):
        source = opened(spec("clock", f"{feed.url}/{folder}/", NAME), memory)
        assert [data for _, data in pulled(source, NOON - FIVE, NOON)] == [folder.encode()]


def test_everything_remembered_is_forgotten_in_time(feed: Feed, memory: Dict) -> None:
    feed.publish(at(NOON), storm_file(NOON))
    pulled(clock(feed, memory), None, NOON)
    assert memory.lives
    assert set(memory.lives) == set(memory.values)
    assert max(memory.lives.values()) <= 86_400
