"""What an alert may say."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from jobs.alert import Alert, key
from tests.alerts import alert, plan
from tests.hooks import SECRET


@pytest.mark.parametrize(
    "wrong",
    [
        {"off_threshold": 6},
        {"off_chance": 0.2},
        {"chance": 0.5},
        {"off_threshold": None, "chance": 0.5, "off_chance": 0.6},
        {"threshold": 0},
        {"threshold": float("nan")},
        {"within_minutes": 1000},
        {"min_known": 0},
        {"url": "ftp://example.org/"},
        {"url": "https://user:password@example.org/"},
        {"url": "https://"},
        {"url": "https://example.org:0/"},
        {"url": "https://example.org:99999/"},
        {"url": "https://[::1/"},
        {"url": "https://example.org/a b"},
        {"url": "https://example.org/\r\nHost: other"},
        {"secret": "whsec_c2hvcnQ="},
        {"secret": base64.b64encode(b"x" * 32).decode()},
        {"secret": "whsec_" + base64.b64encode(b"x" * 65).decode()},
        {"colour": "blue"},
    ],
)
def test_what_cannot_be_meant_is_refused_without_repeating_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        plan(**wrong)
    assert "t0k3n" not in str(refusal.value)
    assert str(wrong.get("secret", SECRET)) not in str(refusal.value)


def test_an_alert_ends_where_it_begins_unless_it_says_otherwise() -> None:
    rain, chance = alert(off_threshold=None), alert(off_threshold=None, chance=0.6)
    assert (rain.on, rain.off, rain.dry) == (5, 5, 5)
    assert (chance.on, chance.off, chance.dry) == (0.6, 0.6, 5)
    assert alert().off == alert().dry == 2


def test_an_alert_does_not_hold_its_secret() -> None:
    text = alert().model_dump_json()
    assert "secret" not in text
    assert Alert.model_validate_json(text) == alert()
    assert SECRET not in repr(plan())


def test_of_its_url_only_the_host_is_shown() -> None:
    assert alert().host == "https://example.org"


def test_a_key_is_what_base64_holds() -> None:
    assert key(SECRET) == b"secret for tests of webhooks"
