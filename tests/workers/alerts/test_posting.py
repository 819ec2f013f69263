"""One try to deliver: signed, to where it may go, in its time."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from jobs.alert_message import Message
from jobs.alert_state import Kind
from jobs.settings import Settings
from tests.alerts import alert
from tests.hooks import SECRET, Receiver, receiving
from workers.alerts import posting
from workers.alerts.posting import NotTaken, post, signature

MESSAGE = Message.new("evt_1", Kind.ONSET, '{"type": "alert.onset", "für": "Zürich"}')
OPEN = Settings(webhook_hosts="127.0.0.1", webhook_http=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def refusal(url: str, settings: Settings = OPEN, resolved: dict[str, list[str]] | None = None) -> NotTaken:
    """Why a message is not taken there."""
    with pytest.raises(NotTaken) as found:
        post(alert(url=url), MESSAGE, SECRET, settings, lambda host, port: (resolved or {}).get(host, [host]))
    assert "t0k3n" not in str(found.value)
    return found.value


def test_a_message_comes_whole_and_signed(receiver: Receiver) -> None:
    post(alert(url=receiver.url), MESSAGE, SECRET, OPEN)
    (hook,) = receiver.hooks
    assert (hook.path, hook.body.decode(), hook.id) == ("/hook?token=t0k3n", MESSAGE.body, MESSAGE.id)
    assert hook.said["für"] == "Zürich"
    assert hook.headers["content-type"] == "application/json"


def test_a_body_that_was_changed_is_found_out(receiver: Receiver) -> None:
    post(alert(url=receiver.url), MESSAGE, SECRET, OPEN)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(receiver.hooks[0].body + b" ", receiver.hooks[0].headers)


def test_the_lines_in_the_guide_check_a_signature(receiver: Receiver) -> None:
    guide = (Path(__file__).parents[3] / "docs/alerts.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    found: dict[str, Any] = {"base64": base64, "hashlib": hashlib, "hmac": hmac, "time": time}
    exec(lines, found)
    post(alert(url=receiver.url), MESSAGE, SECRET, OPEN)
    (hook,) = receiver.hooks
    assert found["genuine"](hook.headers, hook.body, SECRET)
    assert not found["genuine"](hook.headers, hook.body + b" ", SECRET)
    assert not found["genuine"]({**hook.headers, "webhook-timestamp": "1"}, hook.body, SECRET)


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the Svix documentation, whose scheme Standard Webhooks took over."""
    body = '{"event_type":"ping","data":{"success":true}}'
    known = MESSAGE.model_copy(update={"id": "msg_loFOjxBNrRLzqYUf", "body": body})
    found = signature(base64.b64decode("plJ3nmyCDGBKInavdOK15jsl"), known, 1731705121)
    assert found == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


@pytest.mark.parametrize("status", [302, 400, 404, 410, 500, 503])
def test_only_a_success_is_one(receiver: Receiver, status: int) -> None:
    receiver.statuses, receiver.headers = [status], {"Location": receiver.url}
    assert f"answered {status}" in str(refusal(receiver.url))
    assert len(receiver.hooks) == 1


def test_a_receiver_says_when_to_come_again(receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [429], {"Retry-After": "120"}
    assert refusal(receiver.url).seconds == 120


def test_a_receiver_that_does_not_answer_is_left(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.3)
    receiver.seconds = 20  # after which it would take it
    assert "could not be reached" in str(refusal(receiver.url))


def test_plain_http_and_private_addresses_are_for_the_operator_to_allow(receiver: Receiver) -> None:
    plain, private = OPEN.model_copy(update={"webhook_http": False}), OPEN.model_copy(update={"webhook_hosts": ""})
    assert "NOWCAST_WEBHOOK_HTTP" in str(refusal(receiver.url, plain))
    with pytest.raises(NotTaken, match="NOWCAST_WEBHOOK_HOSTS"):
        post(alert(url=receiver.url), MESSAGE, SECRET, private)
    assert receiver.hooks == []


def test_a_host_may_be_allowed_at_one_port_alone(receiver: Receiver) -> None:
    port = urlsplit(receiver.url).port or 0
    elsewhere, there = (OPEN.model_copy(update={"webhook_hosts": f"127.0.0.1:{one}"}) for one in (port - 1, port))
    assert "open Internet" in str(refusal(receiver.url, elsewhere))
    post(alert(url=receiver.url), MESSAGE, SECRET, there)
    assert len(receiver.hooks) == 1


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_a_name_for_a_machine_in_here_is_refused(address: str) -> None:
    said = str(refusal("https://example.org/?t0k3n", resolved={"example.org": [address]}))
    assert "open Internet" in said
    assert address not in said


def test_a_name_with_no_address_is_said() -> None:
    assert "could not be reached" in str(refusal("https://example.org/?t0k3n", resolved={"example.org": []}))
