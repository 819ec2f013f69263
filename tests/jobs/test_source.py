"""What an operator may write down as a source."""

from typing import Any

import pytest
from pydantic import ValidationError

from jobs.source import SourceSpec


@pytest.mark.parametrize(
    ("kind", "location"),
    [
        ("folder", "/radar"),
        ("folder", "file:///radar"),
        ("index", "https://example.org/radar/"),
        ("s3", "s3://bucket/prefix"),
    ],
)
def test_a_location_fits_its_kind(kind: Any, location: str) -> None:
    assert SourceSpec(kind=kind, location=location).location == location


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "index", "location": "/radar"}, "begins with https://"),
        ({"kind": "folder", "location": "https://example.org"}, "begins with a path"),
        ({"kind": "index", "location": "file:///etc/passwd"}, "begins with https://"),
        ({"kind": "index", "location": "https://me:secret@example.org/"}, "no password"),
        ({"kind": "magic", "location": "https://example.org/"}, "Input should be"),
        ({"kind": "folder", "location": "/radar", "format": "magic"}, "there is no format 'magic'"),
    ],
)
def test_what_no_source_is(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        SourceSpec.model_validate(said)


def test_a_backup_has_no_backup() -> None:
    other = {"kind": "folder", "location": "/b", "backup": {"kind": "folder", "location": "/c"}}
    with pytest.raises(ValidationError, match="no backup of its own"):
        SourceSpec.model_validate({"kind": "folder", "location": "/a", "backup": other})


def test_nobody_is_shown_the_headers() -> None:
    backup = SourceSpec(kind="index", location="https://b.example", headers={"Authorization": "secret"})
    source = SourceSpec(kind="index", location="https://a.example", headers={"X-Key": "secret"}, backup=backup)
    assert "secret" not in source.public.model_dump_json()
    assert source.public.location == source.location
