import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.checkpoint import put
from model.verification.parts import keep, kept
from model.verification.results import Results, beside, read
from radar.errors import BadInput
from radar.scores import Counts
from tests.model.verification.bars import PROTOCOL, barred, moody, plan, results, truth, verified


def written(found: Results, path: Path) -> Path:
    put(path, json.dumps(found.as_json(), allow_nan=False).encode())
    return path


def test_results_come_back_from_a_file(tmp_path: Path) -> None:
    found = results(tmp_path)
    again = read(written(found, tmp_path / "report.json"))
    assert again.as_json() == found.as_json()
    assert (again.protocol, again.versions) == (found.protocol, found.versions)


def test_events_merge_to_the_whole(tmp_path: Path) -> None:
    wanted = plan()
    (one,), (two,) = (verified(barred(tmp_path, name=name), wanted) for name in ("one", "two"))
    both = one + two
    assert {key.block for key in both.sheets} == {"one+0h", "two+0h"}
    (data,) = both.data
    assert both.total(data, "truth").windows == 6
    again = read(written(one, tmp_path / "one.json")) + read(written(two, tmp_path / "two.json"))
    assert again.as_json() == both.as_json()


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b"{}", b'{"protocol": {}}', b"null", b"[" * 100_000, b"\xff"]
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "page.json").write_bytes(content)
    with pytest.raises(BadInput, match=r"page\.json is no report of nowcast evaluate"):
        read(tmp_path / "page.json")


BREAKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "text for numbers": lambda found: found["sheets"][0]["counts"].update(hits=[["many"]]),
    "a lead less": lambda found: found["sheets"][0]["counts"].update({name: [[1, 1]] for name in Counts.parts()}),
    "a protocol of words": lambda found: found["protocol"].update(leads="four"),
    "a method without sheets": lambda found: found["versions"].update(other="1"),
    "sheets without a method": lambda found: found["versions"].pop("truth"),
    "a missing family": lambda found: found["sheets"][0].pop("spectra"),
    "no window": lambda found: found.update(wettest=[]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_report_that_does_not_fit_together_is_refused(tmp_path: Path, name: str) -> None:
    found = json.loads(json.dumps(results(tmp_path).as_json()))
    BREAKS[name](found)
    (tmp_path / "odd.json").write_text(json.dumps(found))
    with pytest.raises(BadInput, match=r"odd\.json is no report"):
        read(tmp_path / "odd.json")


def test_a_report_of_other_rules_is_refused(tmp_path: Path) -> None:
    found = results(tmp_path).as_json()
    found["ids"]["fractions"] = "0" * 12
    (tmp_path / "old.json").write_text(json.dumps(found))
    with pytest.raises(BadInput, match="rules of another version"):
        read(tmp_path / "old.json")


def test_every_family_has_its_own_id(tmp_path: Path) -> None:
    ids = results(tmp_path).ids
    assert ids["counts"] == PROTOCOL.id
    assert len(set(ids.values())) == len(ids)


def test_other_protocols_are_not_compared(tmp_path: Path) -> None:
    one = results(tmp_path)
    with pytest.raises(BadInput, match=rf"protocol {PROTOCOL.id} and \w+ differ in thresholds, every"):
        beside(one, replace(one, protocol=replace(PROTOCOL, every=4, thresholds=(1.0,))))


def test_other_windows_are_not_compared(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="rest on other windows"):
        beside(results(tmp_path, truth=truth), results(tmp_path, moody=moody))


def test_methods_stand_beside_each_other(tmp_path: Path) -> None:
    one, two = results(tmp_path), results(tmp_path)
    assert beside(one, two).as_json() == one.as_json()
    newer = replace(two, versions={**two.versions, "truth": "2"})
    both = beside(one, newer)
    assert set(both.versions) == {"truth", "persistence", "truth 2"}
    (data,) = both.data
    assert both.total(data, "truth 2").counts.csi.min() == 1


def test_an_event_that_is_kept_is_not_run_again(tmp_path: Path) -> None:
    wanted = plan()
    found = verified(barred(tmp_path), wanted)
    keep(tmp_path, "bar", found)
    again = kept(tmp_path, "bar", wanted)
    assert again is not None
    assert [one.as_json() for one in again] == [one.as_json() for one in found]


def test_what_was_kept_of_another_plan_is_not_used(tmp_path: Path) -> None:
    wanted = plan()
    assert kept(tmp_path, "bar", wanted) is None
    keep(tmp_path, "bar", verified(barred(tmp_path), wanted))
    assert kept(tmp_path, "bar", plan(replace(PROTOCOL, every=4))) is None
    assert kept(tmp_path, "bar", replace(wanted, versions={**wanted.versions, "truth": "2"})) is None
    assert kept(tmp_path, "bar", replace(wanted, networks=frozenset({"truth"}))) is None
    (tmp_path / "parts" / "bar.json").write_text("half a fi")
    assert kept(tmp_path, "bar", wanted) is None
