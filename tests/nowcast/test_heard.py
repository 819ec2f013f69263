"""Events out of bytes, however those are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nowcast.errors import BadAnswer
from nowcast.heard import LONGEST, Event, Heard

STREAM = b'event: status\ndata: {"id": "a"}\nid: done\n\n: still there\n\nevent: end\ndata: {"n": 1}\r\n\r\n'
SAID = [Event("status", {"id": "a"}), Event("end", {"n": 1})]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_it_does_not_matter_where_a_stream_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    heard = Heard()
    chunks = [STREAM[first:last] for first, last in pairwise(edges)]
    assert [event for chunk in chunks for event in heard.add(chunk)] == SAID
    assert heard.ended


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(BadAnswer, match="no JSON"):
        list(Heard().add(b"data: <html>\n\n"))
    with pytest.raises(BadAnswer, match="bytes"):
        list(Heard().add(b"data: " + b"x" * LONGEST))
