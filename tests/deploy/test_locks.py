"""The locks of the images hold what pyproject.toml and constraints.txt ask for, each file by its hash."""

import os
import re
import subprocess

import pytest
from packaging.utils import canonicalize_name

from tests.deploy.installed import closure, requirements
from tests.deploy.written import ROOT, locked_extras, stages
from tests.test_layout import pins

LOCKS = {"gateway": "gateway", "worker": "worker-cuda"}
"""By the extra they are made of, the image that is installed from them."""
MOST_BYTES_OF_THE_GATEWAY = 400e6
PIN = re.compile(r"^([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def locked(extra: str) -> dict[str, str]:
    """The version of every package of a lock."""
    return {canonicalize_name(name): version for name, version, _ in PIN.findall(text(extra))}


def text(extra: str) -> str:
    return (ROOT / f"deploy/{extra}.lock").read_text()


@pytest.mark.parametrize("extra", LOCKS)
def test_every_line_is_a_version_with_its_hashes(extra: str) -> None:
    left = [line for line in PIN.sub("", text(extra)).splitlines() if line and not line.startswith("#")]
    assert left == []


@pytest.mark.parametrize("extra", LOCKS)
def test_versions_are_those_of_the_constraints(extra: str) -> None:
    pinned = pins()
    stale = {name: version for name, version in locked(extra).items() if pinned.get(name, version) != version}
    assert stale == {}, "run deploy/lock"


@pytest.mark.parametrize("extra", LOCKS)
def test_nothing_that_is_needed_is_missing(extra: str) -> None:
    needed = {canonicalize_name(str(one.metadata["Name"])) for one in closure(requirements(*locked_extras(extra)))}
    assert needed - set(locked(extra)) == set(), "run deploy/lock"


@pytest.mark.parametrize("extra", LOCKS)
def test_requirements_are_met(extra: str) -> None:
    versions = locked(extra)
    needed = requirements(*locked_extras(extra))
    asked = {str(one): one.specifier.contains(versions[canonicalize_name(one.name)]) for one in needed}
    assert [name for name, met in asked.items() if not met] == []


@pytest.mark.parametrize("extra", LOCKS)
def test_the_image_takes_nothing_but_what_is_locked(extra: str) -> None:
    said = " ".join(stages()[f"packages-{LOCKS[extra]}"].all("RUN"))
    assert f"--require-hashes --requirement {extra}.lock" in said


def test_all_images_can_send_traces() -> None:
    images = [name for name in stages() if name.startswith("packages-")]
    assert [name for name in images if "otel" not in stages()[name.removeprefix("packages-")].extras()] == []


def test_the_gateway_stays_small() -> None:
    """What its packages come to when they are unpacked, as the Dockerfile leaves them."""
    files = [file for one in closure(requirements(*stages()["gateway"].extras())) for file in one.files or []]
    left_out = re.compile(r"(^|/)(tests/|zstandard/_cffi\.)")
    size = sum(file.size or 0 for file in files if not left_out.search(file.as_posix()))
    assert 100e6 < size < MOST_BYTES_OF_THE_GATEWAY


@pytest.mark.parametrize("script", ["lock", "audit"])
def test_scripts_are_posix(script: str) -> None:
    subprocess.run(["sh", "-n", ROOT / "deploy" / script], check=True)


def test_an_audit_that_reaches_nobody_is_no_verdict_and_says_so() -> None:
    nowhere = {**os.environ, "https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "no_proxy": ""}
    said = subprocess.run([ROOT / "deploy/audit"], env=nowhere, capture_output=True, text=True, check=False)
    assert said.returncode == 3
    assert [f"{service} cannot be reached" in said.stderr for service in ("pypi", "osv")] == [True, True]
    assert "NOT AUDITED" in said.stderr
