"""`nowcast keys`: a key is printed once, listed without its secret, renewed, revoked; and the audit log has it."""

import json
import re

import pytest
from click.testing import CliRunner
from redis import Redis

from cli.keys import command
from jobs import api_key, settings
from jobs.api_keys import ApiKeys
from jobs.audit import Audit
from radar.errors import BadInput, NowcastError
from tests.servers import free_port, redis_server, redis_url

__all__ = ["redis_server", "redis_url"]


@pytest.fixture
def redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Redis:
    monkeypatch.setenv("NOWCAST_REDIS_URL", redis_url)
    settings.settings.cache_clear()
    monkeypatch.setattr("cli.keys.settings", settings.Settings)
    return Redis.from_url(redis_url)


def run(*arguments: str) -> str:
    """What a command prints."""
    said = CliRunner().invoke(command, arguments)
    if isinstance(said.exception, NowcastError):
        raise said.exception
    assert said.exit_code == 0, said.output
    return said.output.strip()


def test_a_key_is_shown_once_and_kept_as_a_hash(redis: Redis) -> None:
    key = run("create", "an app", "--scope", "nowcast", "--days", "30", "--requests", "5")
    assert api_key.FORM.fullmatch(key)
    (kept,) = redis.hvals("nowcast:api-keys")
    assert key[-64:].encode() not in kept
    listing = run("list", "--json")
    assert key[-64:] not in listing
    (facts,) = json.loads(listing)
    assert (facts["name"], facts["scopes"], facts["state"]) == ("an app", "nowcast", "good")
    assert (facts["requests a minute"], facts["last used"]) == ("5", None)


def test_a_list_has_a_line_a_key(redis: Redis) -> None:
    run("create", "one", "--scope", "read")
    run("create", "two", "--scope", "read", "--scope", "region-write")
    first, second = run("list").splitlines()
    assert re.fullmatch(r"[0-9a-f]{12}  good      one: scopes read, created 20\S+Z", first)
    assert "scopes read region-write" in second


def test_a_renewed_key_keeps_its_id(redis: Redis) -> None:
    key = run("create", "an app", "--scope", "read")
    renewed = run("rotate", key.split("_")[1], "--overlap", "0")
    assert renewed.split("_")[1] == key.split("_")[1]
    keys = ApiKeys(redis)
    assert [bool(keys.opened(*key_parts(one))) for one in (key, renewed)] == [False, True]


def key_parts(text: str) -> tuple[str, str]:
    parts = api_key.parted(text)
    assert parts is not None
    return parts


def test_a_revoked_key_stays_in_the_list(redis: Redis) -> None:
    key_id = run("create", "an app", "--scope", "read").split("_")[1]
    assert run("revoke", key_id) == f"{key_id} of an app is revoked."
    assert json.loads(run("list", "--json"))[0]["state"] == "revoked"
    with pytest.raises(BadInput, match="no longer good"):
        run("rotate", key_id)


def test_the_audit_log_has_every_command(redis: Redis) -> None:
    key = run("create", "an app", "--scope", "admin")
    run("rotate", key.split("_")[1])
    run("revoke", key.split("_")[1])
    actions = [deed.action.rsplit(" ", 1) for deed in Audit(redis).newest(10)]
    assert actions == [[f"keys {verb}", key.split("_")[1]] for verb in ("revoke", "rotate", "create")]


@pytest.mark.parametrize("arguments", [["revoke", "0" * 12], ["rotate", "0" * 12]])
def test_a_key_that_is_not_there(redis: Redis, arguments: list[str]) -> None:
    with pytest.raises(NowcastError, match="There is no key '000000000000'"):
        run(*arguments)


def test_a_server_that_is_away_is_named_without_its_password(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOWCAST_REDIS_URL", f"redis://me:hush@127.0.0.1:{free_port()}/0")
    with pytest.raises(BadInput, match=r"^The server at redis://127\.0\.0\.1:\d+/0 does not answer"):
        run("list")


def test_a_key_that_lasts_for_ever_and_a_day_is_refused(redis: Redis) -> None:
    said = CliRunner().invoke(command, ["create", "an app", "--scope", "read", "--days", "3000000"])
    assert (said.exit_code, "not in the range" in said.output) == (2, True)
