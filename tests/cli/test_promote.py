"""`nowcast promote` against a real server."""

import json
import os
import subprocess
import sys

import pytest

from jobs.regions import Regions
from jobs.store import Store
from tests.jobs.conftest import queue, redis, settings, store
from tests.jobs.test_trial import tried
from tests.servers import redis_server, redis_url

__all__ = ["queue", "redis", "redis_server", "redis_url", "settings", "store"]


def promote(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "NOWCAST_REDIS_URL": url, "NOWCAST_METHOD": "net"}
    command = [sys.executable, "-m", "cli", "promote", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)


def test_no_password_is_shown_when_the_server_is_away() -> None:
    answer = promote("redis://user:s3cret@127.0.0.1:1/0", "here", "rival")
    assert (answer.returncode, "127.0.0.1:1" in answer.stderr) == (2, True)
    assert "s3cret" not in answer.stderr


def test_a_better_method_is_promoted_and_the_file_of_the_region_is_named(store: Store, redis_url: str) -> None:
    Regions(store.redis).declare([tried(store, True)])
    answer = promote(redis_url, "here", "rival", "--json")
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert (said["before"], said["method"], said["forced"]) == ("net", "rival", False)
    assert 'A file declares here: set method = "rival" there too' in answer.stderr
    assert Regions(store.redis).get("here").method == "rival"


def test_force_is_said(store: Store, redis_url: str) -> None:
    tried(store, False)
    answer = promote(redis_url, "here", "rival", "--force")
    assert answer.stdout.startswith("here was forced to rival in the place of net: rival has a CSI of 0.")


@pytest.mark.parametrize(
    ("region", "method", "sentence"),
    [
        ("nowhere", "rival", "There is no region 'nowhere'; there are here."),
        ("here", "magic", "No worker has loaded both magic and net; there are net, rival."),
        ("here", "rival", "promoting it takes the whole of that range above 0, or --force."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    store: Store, redis_url: str, region: str, method: str, sentence: str
) -> None:
    tried(store, False)
    answer = promote(redis_url, region, method)
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert answer.stderr.startswith("nowcast: ")
    assert sentence in answer.stderr
