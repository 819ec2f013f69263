"""Settings out of variables and secrets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.settings import settings
from radar.errors import BadInput


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of secrets, and no address in the environment."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("NOWCAST_REDIS_URL", raising=False)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_a_secret_is_a_setting_that_was_set(secrets: Path) -> None:
    (secrets / "nowcast_redis_url").write_text("redis://:secret@valkey/0\n")
    assert settings().redis_url == "redis://:secret@valkey/0"
    assert "redis_url" in settings().model_fields_set


def test_a_variable_goes_before_a_secret(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "nowcast_redis_url").write_text("redis://:secret@valkey/0")
    monkeypatch.setenv("NOWCAST_REDIS_URL", "redis://elsewhere/0")
    assert settings().redis_url == "redis://elsewhere/0"


def test_without_secrets_the_default_holds(secrets: Path) -> None:
    assert "redis_url" not in settings().model_fields_set


def test_a_folder_that_is_not_there_is_no_fault(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets / "none"))
    assert "redis_url" not in settings().model_fields_set


def test_a_secret_that_is_wrong_is_named_and_not_shown(secrets: Path) -> None:
    (secrets / "nowcast_redis_url").write_text("hunter2")
    with pytest.raises(BadInput, match="NOWCAST_REDIS_URL is wrong") as caught:
        settings()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["redis://:s3cret@valkey:port", "redis://:s3cret@[::1"])
def test_an_address_that_cannot_be_taken_apart_is_not_shown(
    url: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOWCAST_REDIS_URL", url)
    with pytest.raises(BadInput, match="NOWCAST_REDIS_URL is wrong") as refused:
        settings()
    assert "s3cret" not in str(refused.value)
