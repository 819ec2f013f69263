"""What linters and schemas say about the deployment files."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.written import COMPONENTS, COMPOSE, DOCKERFILE, KUBERNETES, ROOT, manifests

KUBERNETES_VERSIONS = ("1.31", "1.37")
"""The oldest and the newest we say it runs on."""
FOREIGN = ("ScaledObject", "TriggerAuthentication", "ServiceMonitor", "PodMonitor", "PrometheusRule")
"""Kinds of KEDA and of the Prometheus operator, whose schemas Kubernetes has not."""


def lint(program: str, *arguments: str | Path) -> None:
    """Run a linter that is installed beside Python."""
    if importlib.util.find_spec(program.replace("-", "_")) is None and not beside(program).exists():
        pytest.skip(f"there is no {program}: pip install '.[test]'")
    said = subprocess.run([beside(program), *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert said.returncode == 0, said.stdout + said.stderr


def beside(program: str) -> Path:
    return Path(sys.executable).with_name(program)


def test_hadolint_finds_nothing() -> None:
    lint("hadolint", DOCKERFILE)


def test_compose_lint_finds_nothing() -> None:
    lint("compose-lint", "check", "--quiet", "--fail-on", "low", "--config", "deploy/compose-lint.yml", COMPOSE)


def test_compose_follows_its_schema() -> None:
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def test_the_script_of_secrets_is_posix() -> None:
    subprocess.run(["sh", "-n", ROOT / "deploy/make-secrets"], check=True)


def test_prometheus_takes_its_configuration() -> None:
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("there is no promtool: apt-get install prometheus")
    subprocess.run([promtool, "check", "config", ROOT / "deploy/prometheus/prometheus.yml"], check=True)


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("components", [(), COMPONENTS], ids=["plain", "all"])
def test_kubernetes_takes_the_manifests(components: tuple[str, ...], version: str, tmp_path: Path) -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="pip install '.[test]'")
    for manifest in [*manifests(with_components(tmp_path, components)), example()]:
        if manifest["kind"] not in FOREIGN:
            kubernetes_validate.validate(manifest, version, strict=True)


def with_components(folder: Path, components: tuple[str, ...]) -> Path:
    """The kustomization as an operator edits it."""
    chosen = shutil.copytree(KUBERNETES, folder / "k8s")
    file = chosen / "kustomization.yaml"
    edited = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**edited, "components": [f"components/{name}" for name in components]}))
    return chosen


def example() -> dict[str, Any]:
    """The secret nobody should apply."""
    read: dict[str, Any] = yaml.safe_load((KUBERNETES / "secret.example.yaml").read_text())
    return read
