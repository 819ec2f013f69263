"""STAC: items, searches, and items that hold a day."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jobs.source import SourceSpec
from radar.frames import stamp
from tests.feed import Feed, file, later, status
from tests.workers.sources.pulling import FIVE, NOON, Dict, opened, pulled, spec
from workers.sources.errors import NotThere, SourceFailed
from workers.sources.listing import MOST_PAGES

DMI = "dk.com.%Y%m%d%H%M.500_max.h5"


def item(feed: Feed, n: int, **asset: object) -> dict[str, Any]:
    """A frame as DMI has it, n cadences before noon, with its file published."""
    name = (NOON - n * FIVE).strftime(DMI)
    feed.publish(f"/download/{name}", b"%d" % n)
    said = {"href": f"{feed.url}/download/{name}", "type": "application/x-hdf5", **asset}
    return {"type": "Feature", "id": name, "properties": {"datetime": stamp(NOON - n * FIVE)}, "asset": {"data": said}}


def document(feed: Feed, path: str, **what: object) -> None:
    feed.publish(path, json.dumps(what).encode())


def test_a_search_brings_what_is_new(feed: Feed, memory: Dict) -> None:
    document(feed, "/v1/items", type="FeatureCollection", features=[item(feed, n) for n in range(3)])
    of = spec("stac", f"{feed.url}/v1/items?scanType=fullRange", retry_minutes=15)
    assert [data for _, data in pulled(opened(of, memory), None, NOON)] == [b"2", b"1", b"0"]
    query = parse_qs(urlsplit(feed.asked[0][0]).query)
    assert query["datetime"] == ["2026-06-01T11:45:00Z/2026-06-01T12:00:00Z"]
    assert query["scanType"] == ["fullRange"]


def test_the_time_is_the_names_or_the_items(feed: Feed, memory: Dict) -> None:
    nameless = item(feed, 0, href=f"{feed.url}/a")
    feed.publish("/a", b"rain")
    document(feed, "/items", features=[nameless])
    assert [one.time for one in opened(spec("stac", f"{feed.url}/items"), memory).new_since(None, NOON)] == [NOON]
    assert opened(spec("stac", f"{feed.url}/items", DMI), memory).new_since(None, NOON) == []


def paged(feed: Feed, pages: int) -> SourceSpec:
    """A search with an item on each of so many pages."""
    for page in range(pages):
        further = [{"rel": "next", "href": f"/{page + 1}/items"}] if page + 1 < pages else []
        links = [{"rel": "self", "href": "x"}, *further]
        document(feed, f"/{page}/items", features=[item(feed, page)], links=links)
    return spec("stac", f"{feed.url}/0/items", retry_minutes=120)


def test_pages_are_followed_to_an_end(feed: Feed, memory: Dict) -> None:
    assert len(pulled(opened(paged(feed, MOST_PAGES), memory), None, NOON)) == MOST_PAGES


def test_an_endless_search_is_refused(feed: Feed, memory: Dict) -> None:
    """Cut short, it could lack the newest frame for ever, and nobody would know."""
    with pytest.raises(SourceFailed, match=f"more than {MOST_PAGES} pages"):
        pulled(opened(paged(feed, MOST_PAGES + 1), memory), None, NOON)


def test_an_item_may_hold_a_day_of_files(feed: Feed, memory: Dict) -> None:
    """As MeteoSwiss has it: names with the day of the year, listed before they can be had."""
    assets = {}
    for n, product in [(0, "rzc"), (1, "rzc"), (0, "bzc")]:
        name = (NOON - n * FIVE).strftime(f"{product}%y%j%H%Mvl.001.h5")
        feed.publish(f"/data/{name}", b"%d" % n)
        assets[name] = {"href": f"{feed.url}/data/{name}", "file:checksum": "1"}
    newest = NOON.strftime("/data/rzc%y%j%H%Mvl.001.h5")
    feed.publish(newest, later(1, file(b"0"), status(403)))
    document(feed, "/items/20260601-ch", type="Feature", properties={"datetime": stamp(NOON)}, assets=assets)
    source = opened(spec("stac", f"{feed.url}/items/%Y%m%d-ch", "rzc%y%j%H%M*.h5"), memory)
    assert [data for _, data in pulled(source, None, NOON)] == [b"1"]
    assert [data for _, data in pulled(source, NOON - FIVE, NOON)] == [b"0"]
    feed.asked.clear()
    assert pulled(source, NOON, NOON) == []
    assert feed.paths == ["/items/20260601-ch"]


def test_the_item_of_a_new_day_may_be_missing(feed: Feed, memory: Dict) -> None:
    midnight = NOON + timedelta(hours=12)
    source = opened(spec("stac", f"{feed.url}/items/%Y%m%d-ch", "rzc%y%j%H%M*.h5"), memory)
    with pytest.raises(NotThere):
        source.new_since(None, midnight)
    document(feed, "/items/20260601-ch", assets={})
    assert source.new_since(None, midnight) == []


def test_a_checksum_tells_that_a_file_is_another(feed: Feed, memory: Dict) -> None:
    source = opened(spec("stac", f"{feed.url}/items"), memory)
    document(feed, "/items", features=[item(feed, 0, **{"file:checksum": "1"})])
    pulled(source, None, NOON)
    document(feed, "/items", features=[item(feed, 0, **{"file:checksum": "2"})])
    feed.publish(NOON.strftime("/download/" + DMI), b"re-issued")
    assert [data for _, data in pulled(source, NOON, NOON)] == [b"re-issued"]


def test_one_asset_of_several_may_be_meant(feed: Feed, memory: Dict) -> None:
    feed.publish("/h5", b"rain")
    assets = {"thumbnail": {"href": f"{feed.url}/png"}, "data": {"href": f"{feed.url}/h5"}}
    document(feed, "/items", features=[{"properties": {"datetime": stamp(NOON)}, "assets": assets}])
    source = opened(spec("stac", f"{feed.url}/items", options={"asset": "data"}), memory)
    assert pulled(source, None, NOON) == [("h5", b"rain")]


@pytest.mark.parametrize("page", [b"[]", b'{"features": 5}', b"null", b"nothing"])
def test_what_is_no_stac_is_a_sentence(feed: Feed, memory: Dict, page: bytes) -> None:
    feed.publish("/items", page)
    with pytest.raises(SourceFailed, match=r"neither an item nor a search|is not JSON"):
        opened(spec("stac", f"{feed.url}/items"), memory).new_since(None, NOON)


def test_features_of_any_kind_are_passed_over(feed: Feed, memory: Dict) -> None:
    strange = [None, 5, {"assets": 5}, {"assets": {"a": 5, "b": {"href": 5}, "c": {"href": "http://["}}}]
    document(feed, "/items", features=strange, links=5)
    assert opened(spec("stac", f"{feed.url}/items"), memory).new_since(None, NOON) == []
    document(feed, "/items", features=strange, links=[5, {"rel": "next"}, {"rel": "next", "href": 5}])
    assert opened(spec("stac", f"{feed.url}/items"), memory).new_since(None, NOON) == []
