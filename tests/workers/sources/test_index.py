"""HTTP directory indexes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed import Feed, file, later, status, storm_file, storm_files
from tests.workers.sources.pulling import FIVE, NOON, Dict, opened, pulled, spec
from workers.sources.errors import Busy, NotThere, SourceFailed
from workers.sources.index import links

NAME = "raa01-ry_10000-%y%m%d%H%M-dwd---bin.bz2"
NGINX = """<html><head><title>Index of /ry/</title></head><body><h1>Index of /ry/</h1><hr><pre><a href="../">../</a>
<a href="a%20b.bin">a b.bin</a>                                 22-Nov-2026 10:37              201411
<a href="c&amp;d.bin">c&amp;d.bin</a>                           22-Nov-2026 10:42              198001
</pre><hr></body></html>"""
TABLE = """<table><tr><td><A class="x" HREF='a.bin'>a.bin</A></td><td align="right">2026-11-22 10:37</td>
<td>1.4M</td></tr><tr><td><a href="b.bin"><b>b.bin</b></a></td></tr><tr><td><a href="b.bin">b</a></td></tr></table>"""


def test_new_files_of_an_index_come_once(feed: Feed, memory: Dict) -> None:
    feed.directory("/ry/")
    for time, data in storm_files(NOON - 3 * FIVE, 5).items():
        feed.publish("/ry/" + time.strftime(NAME), data)
    feed.publish("/ry/raa01-ry_10000-latest-dwd---bin.bz2", storm_file(NOON))
    source = opened(spec("index", f"{feed.url}/ry/", NAME), memory)
    assert [name[21:25] for name, _ in pulled(source, None, NOON)] == ["1145", "1150", "1155", "1200"]
    feed.asked.clear()
    assert pulled(source, NOON, NOON) == []
    assert feed.paths == ["/ry/"]  # the listing says that nothing changed


def test_a_reissued_file_shows_in_the_listing(feed: Feed, memory: Dict) -> None:
    feed.directory("/")
    feed.publish("/x202606011200.nc", file(storm_file(NOON), published=1000.0))
    source = opened(spec("index", f"{feed.url}/"), memory)
    pulled(source, None, NOON)
    feed.publish("/x202606011200.nc", file(storm_file(NOON, seed=5), published=2000.0))
    assert pulled(source, NOON, NOON) == [("x202606011200.nc", storm_file(NOON, seed=5))]
    feed.publish("/x202606011200.nc", file(storm_file(NOON, seed=5), published=3000.0))
    feed.asked.clear()
    assert [pulled(source, NOON, NOON) for _ in range(3)] == [[], [], []]
    assert feed.paths.count("/x202606011200.nc") == 1  # only touched: one question, then it is known


def test_days_have_folders_and_the_new_one_may_not_be_there_yet(feed: Feed, memory: Dict) -> None:
    midnight = NOON + timedelta(hours=12)
    feed.directory("/20260601/")
    feed.publish("/20260601/x202606012355.nc", b"old day")
    source = opened(spec("index", f"{feed.url}/%Y%m%d/"), memory)
    assert pulled(source, None, midnight) == [("x202606012355.nc", b"old day")]
    feed.directory("/20260602/")
    feed.publish("/20260602/x202606020000.nc", b"new day")
    assert pulled(source, midnight - FIVE, midnight) == [("x202606020000.nc", b"new day")]


def test_no_index_is_an_error_and_an_empty_one_is_not(feed: Feed, memory: Dict) -> None:
    source = opened(spec("index", f"{feed.url}/ry/"), memory)
    with pytest.raises(NotThere, match="/ry/ answered 404"):
        source.new_since(None, NOON)
    feed.directory("/ry/")
    assert source.new_since(None, NOON) == []


def test_a_file_that_is_listed_before_it_can_be_had_comes_next_time(feed: Feed, memory: Dict) -> None:
    feed.publish("/", status(200, b'<a href="x202606011200.nc">x</a> 5'))
    feed.publish("/x202606011200.nc", later(1, file(b"rain"), status(403)))
    source = opened(spec("index", f"{feed.url}/"), memory)
    assert pulled(source, None, NOON) == []
    assert pulled(source, NOON - FIVE, NOON) == [("x202606011200.nc", b"rain")]


def test_a_link_that_leads_inside_is_not_followed(feed: Feed, memory: Dict) -> None:
    feed.publish("/", status(200, f'<a href="http://localhost:{feed.port}/x202606011200.nc">x</a>'.encode()))
    with pytest.raises(SourceFailed, match="localhost is not at an address of the open Internet"):
        opened(spec("index", f"{feed.url}/"), memory).new_since(None, NOON)
    assert feed.paths == ["/"]


def test_what_stands_beside_a_link_is_its_mark() -> None:
    assert list(links(NGINX)) == [
        ("../", ""),
        ("a%20b.bin", "22-Nov-2026 10:37 201411"),
        ("c&d.bin", "22-Nov-2026 10:42 198001"),
    ]
    assert list(links(TABLE)) == [("a.bin", "2026-11-22 10:37 1.4M"), ("b.bin", ""), ("b.bin", "")]


@given(page=st.text(alphabet=st.sampled_from('<a href="x"></a>\n 1&;'), max_size=400))
def test_any_page_is_read(page: str) -> None:
    assert all(href for href, _ in links(page))


@pytest.mark.parametrize("piece", ["<a ", '<a href="x" ', '<a href="x">', "<a href='" + "y" * 999])
def test_a_page_made_to_keep_us_busy_does_not(piece: str) -> None:
    assert len(list(links(piece * (2_000_000 // len(piece))))) <= 2_000_000 // len(piece)


def test_a_listing_that_is_busy_is_left_alone_too(feed: Feed, memory: Dict) -> None:
    feed.publish("/", status(503, Retry_After="60"))
    for _ in range(2):
        with pytest.raises(Busy):
            opened(spec("index", f"{feed.url}/"), memory).new_since(None, NOON)
    assert feed.paths == ["/"]
