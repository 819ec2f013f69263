"""JSON manifests, of one step and of two."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.errors import BadInput
from tests.feed import Feed, serving
from tests.workers.sources.pulling import FIVE, NOON, Dict, opened, pulled, spec
from workers.sources.errors import SourceFailed
from workers.sources.listing import at, told

KNMI = {"items": "files", "url": "filename", "mark": "lastModified", "link_field": "temporaryDownloadUrl"}


def test_a_list_of_words_is_a_list_of_urls(feed: Feed, memory: Dict) -> None:
    feed.publish("/m/list.json", json.dumps(["x202606011200.png", "/n/x202606011155.png", "other.png"]).encode())
    feed.publish("/m/x202606011200.png", b"2")
    feed.publish("/n/x202606011155.png", b"1")
    source = opened(spec("manifest", f"{feed.url}/m/list.json"), memory)
    assert pulled(source, None, NOON) == [("x202606011155.png", b"1"), ("x202606011200.png", b"2")]


def test_a_list_of_objects_may_tell_times_and_marks(feed: Feed, memory: Dict) -> None:
    item = {"path": "/v2/a1b2", "time": NOON.timestamp(), "digest": "1"}
    feed.publish("/v2/a1b2", b"rain")
    feed.publish("/maps.json", json.dumps({"radar": {"past": [item]}}).encode())
    said = {"items": "radar.past", "url": "path", "mark": "digest"}
    source = opened(spec("manifest", f"{feed.url}/maps.json", options=said), memory)
    assert [one.time for one in source.new_since(None, NOON)] == [NOON]
    assert pulled(source, None, NOON) == [("a1b2", b"rain")]
    feed.publish("/v2/a1b2", b"more rain")
    assert pulled(source, NOON, NOON) == []  # the manifest says it is the same
    feed.publish("/maps.json", json.dumps({"radar": {"past": [{**item, "digest": "2"}]}}).encode())
    assert pulled(source, NOON, NOON) == [("a1b2", b"more rain")]


def test_a_second_step_finds_the_file_and_keeps_the_key_to_itself(feed: Feed, memory: Dict) -> None:
    name = "RAD_NL25_RAC_RT_202606011200.h5"
    listed = {"files": [{"filename": name, "lastModified": "2026-06-01T12:02:00+00:00"}], "isTruncated": False}
    with serving() as store:
        store.publish("/signed", b"rain")
        feed.publish("/v1/files", json.dumps(listed).encode())
        link = {"temporaryDownloadUrl": f"{store.url}/signed?key=secret"}
        feed.publish(f"/v1/files/{name}/url", json.dumps(link).encode())
        said = {**KNMI, "link": f"{feed.url}/v1/files/{{name}}/url"}
        of = spec("manifest", f"{feed.url}/v1/files", "RAD_NL25_RAC_RT_%Y%m%d%H%M.h5", options=said,
                  headers={"Authorization": "mine"})  # fmt: skip
        assert pulled(opened(of, memory), None, NOON) == [(name, b"rain")]
        assert [headers.get("Authorization") for _, headers in feed.asked] == ["mine", "mine"]
        assert "Authorization" not in store.asked[0][1]


@pytest.mark.parametrize("document", [b"{}", b"[", b'{"files": 5}', b"[" * 100_000, b"", b"\xff"])
def test_what_is_no_manifest_is_a_sentence(feed: Feed, memory: Dict, document: bytes) -> None:
    feed.publish("/m", document)
    with pytest.raises(SourceFailed, match=r"is not JSON|has no list at"):
        opened(spec("manifest", f"{feed.url}/m", options={"items": "files"}), memory).new_since(None, NOON)


def test_a_second_step_that_leads_nowhere_is_a_sentence(feed: Feed, memory: Dict) -> None:
    feed.publish("/m", json.dumps(["x202606011200"]).encode())
    feed.publish("/link", b'{"url": 5}')
    with pytest.raises(SourceFailed, match="has no URL at 'url'"):
        opened(spec("manifest", f"{feed.url}/m", options={"link": f"{feed.url}/link"}), memory).new_since(None, NOON)


def test_items_of_any_kind_are_passed_over(feed: Feed, memory: Dict) -> None:
    items: list[object] = [
        None,
        5,
        [],
        {},
        {"url": 5},
        {"url": "http://["},
        {"url": "x", "time": "noon"},
        "x",
        {"url": "x", "time": True},
    ]
    feed.publish("/m", json.dumps(items).encode())
    assert opened(spec("manifest", f"{feed.url}/m"), memory).new_since(NOON - FIVE, NOON) == []


@pytest.mark.parametrize("said", [{"itens": "files"}, {"items": 5}])
def test_options_are_checked(said: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="manifest"):
        opened(spec("manifest", "https://h.example/m", options=said))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=5,
)


@given(document=JSON, path=st.text(alphabet="ab.", max_size=9))
def test_any_path_leads_somewhere_or_nowhere(document: object, path: str) -> None:
    at(document, path)
    found = told(document)
    assert found is None or found.tzinfo
