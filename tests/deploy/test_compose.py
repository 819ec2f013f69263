"""What holds for docker-compose.yml and Dockerfile beyond what their linters know."""

import re
import subprocess
import tomllib
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml

from cli.serve import ROLES
from cli.supervisor import GRACE_SECONDS
from jobs.archive import Archive
from jobs.settings import Settings
from tests.deploy.test_lint import example
from tests.deploy.written import OURS, ROOT, compose, seconds, service, stages, words

SERVICES = sorted(compose()["services"])


def version() -> str:
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return found


def test_there_is_a_service_for_every_role() -> None:
    assert set(ROLES) == set(OURS)
    for role in OURS:
        assert service(role)["command"][:3] == ["serve", "--role", role]


def test_images_bear_the_version_of_the_package() -> None:
    images = {service(name)["image"] for name in (*OURS, "worker-gpu")}
    assert {image.partition(":")[2] for image in images} == {version()}
    (said,) = re.findall(r"^ARG VERSION=(.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert said == version()


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    published = service(name).get("ports", [])
    assert all(ip_address(port.split(":")[0]).is_loopback for port in published)
    inside = {port.rpartition(":")[2] for port in published}
    assert inside <= {"8000", "9090", "3000"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded_and_asked_after(name: str) -> None:
    said = service(name)
    assert {"cpus", "mem_limit", "pids_limit", "healthcheck", "stop_grace_period"} <= set(said)
    assert seconds(said["healthcheck"]["start_period"]) > 0
    assert (said["read_only"], said["cap_drop"], said["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert re.fullmatch(r"[1-9]\d*:\d+", said["user"])


@pytest.mark.parametrize("name", OURS)
def test_a_role_may_end_before_its_container_is_killed(name: str) -> None:
    assert seconds(service(name)["stop_grace_period"]) > GRACE_SECONDS


def test_only_who_must_can_reach_the_world() -> None:
    assert compose()["networks"]["store"] == {"internal": True}
    outside = {name for name in SERVICES if "outside" in service(name)["networks"]}
    assert outside == {"gateway", "puller", "prometheus", "grafana"}


def test_folders_and_secrets_are_there(tmp_path: Path) -> None:
    binds = [volume.split(":")[0] for name in SERVICES for volume in service(name).get("volumes", [])]
    assert [folder for folder in binds if folder.startswith(".") and not (ROOT / folder).is_dir()] == []
    files = [secret["file"] for secret in compose()["secrets"].values()]
    assert {Path(file).name for file in files} <= set(made(tmp_path / "made"))
    assert {str(Path(file).parent) for file in files} == {"deploy/secrets"}
    assert set(example()["stringData"]) == set(made(tmp_path / "made")) - {"grafana_password"}


def made(folder: Path) -> dict[str, str]:
    subprocess.run([ROOT / "deploy/make-secrets", folder], check=True, capture_output=True)
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    first = made(folder)
    assert first == made(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert first["valkey_password"] in first["nowcast_redis_url"]
    assert f">{first['valkey_password']} " in first["valkey_users"]


def test_the_archive_is_shared_by_who_keeps_and_who_shows_it() -> None:
    folder = Archive.of(Settings(data=Path(stages()["gateway"].environment()["NOWCAST_DATA"]))).files.root
    assert service("verifier")["volumes"] == [f"archive:{folder}"]
    assert service("gateway")["volumes"] == [f"archive:{folder}:ro"]


def test_the_store_forgets_nothing() -> None:
    said = " ".join(words(service("valkey")["command"]))
    assert "--appendonly yes" in said
    assert "--maxmemory-policy noeviction" in said


def test_grafana_asks_the_prometheus_that_there_is() -> None:
    (source,) = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert source["url"] == f"http://prometheus:{service('prometheus')['ports'][0].rpartition(':')[2]}"


def test_prometheus_scrapes_every_role_in_a_network_they_share() -> None:
    (job,) = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    found = {name: str(one["port"]) for one in job["dns_sd_configs"] for name in one["names"]}
    shown = {role: service(role)["environment"]["NOWCAST_METRICS_PORT"] for role in OURS if role != "gateway"}
    assert found == {"gateway": service("gateway")["ports"][0].rpartition(":")[2], **shown}
    assert [role for role in OURS if not set(service(role)["networks"]) & set(service("prometheus")["networks"])] == []
    assert service("worker-gpu")["networks"]["metrics"] == {"aliases": ["worker"]}


@pytest.mark.parametrize("target", ["gateway", "worker-cpu", "worker-cuda"])
def test_images_run_as_nobody_in_particular_and_say_what_they_are(target: str) -> None:
    stage = stages()[target]
    assert stage.all("USER")[-1] == service("gateway")["user"]
    assert "org.opencontainers.image.licenses" in stage.all("LABEL")[-1]
    assert stage.command()[:3] == ["nowcast", "serve", "--role"]
    assert stage.healthcheck()[:2] == ["nowcast", "health"]


def test_bases_are_pinned() -> None:
    bases = re.findall(r"^ARG PYTHON=(.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [base for base in bases if not re.match(r"\d+\.\d+\.\d+-", base)] == []
    assert [stage.parent for stage in stages().values() if stage.parent not in stages()] == ["python:${PYTHON}"]


def test_images_get_every_package_of_the_wheel() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = {line.split()[0] for line in stages()["wheel"].all("COPY")}
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(packages["packages"]) <= copied & let_through
