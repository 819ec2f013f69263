"""The locks of the images hold what pyproject.toml and constraints.txt ask for, each file by its hash."""

import re
import subprocess

import pytest
from packaging.utils import canonicalize_name

from tests.deploy.installed import closure, requirements
from tests.deploy.written import ROOT, stages
from tests.test_layout import pins

LOCKS = {"gateway": "gateway", "worker": "worker-cuda"}
"""By the extra they are made of, the image that is installed from them."""
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
    needed = {canonicalize_name(str(one.metadata["Name"])) for one in closure(requirements(extra))}
    assert needed - set(locked(extra)) == set(), "run deploy/lock"


@pytest.mark.parametrize("extra", LOCKS)
def test_requirements_are_met(extra: str) -> None:
    versions = locked(extra)
    asked = {str(one): one.specifier.contains(versions[canonicalize_name(one.name)]) for one in requirements(extra)}
    assert [name for name, met in asked.items() if not met] == []


@pytest.mark.parametrize("extra", LOCKS)
def test_the_image_takes_nothing_but_what_is_locked(extra: str) -> None:
    said = " ".join(stages()[f"packages-{LOCKS[extra]}"].all("RUN"))
    assert f"--require-hashes --requirement {extra}.lock" in said


def test_the_script_of_locks_is_posix() -> None:
    subprocess.run(["sh", "-n", ROOT / "deploy/lock"], check=True)
