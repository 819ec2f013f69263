"""What a service of one's own takes over of the environment, and what it must not."""

import os

import pytest

from cli.private import environment

OTHERS = {
    "NOWCAST_REDIS_URL": "redis://production",
    "NOWCAST_REDIS_PASSWORD": "s3cret",
    "NOWCAST_ARCHIVE": "s3://production",
    "NOWCAST_API_KEY": "nowcast_",
    "NOWCAST_METRICS_PORT": "9090",
    "NOWCAST_REGIONS": "regions.toml",
    "CREDENTIALS_DIRECTORY": "/run/credentials",
}


def test_nothing_of_it_leads_to_another_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**OTHERS, "NOWCAST_THREADS": "1"}.items():
        monkeypatch.setenv(name, value)
    told = environment()
    assert not {told.get(name) for name in OTHERS} & {*OTHERS.values()}
    assert (told["NOWCAST_THREADS"], told["CREDENTIALS_DIRECTORY"]) == ("1", os.devnull)
