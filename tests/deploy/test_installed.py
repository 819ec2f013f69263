"""What docker-compose.yml and Dockerfile name is started from an installed wheel."""

import subprocess
import sys
import zipfile

import httpx
import pytest
import yaml
from redis import AuthenticationError, Redis
from redis.exceptions import NoPermissionError

from jobs.settings import Settings
from radar.formats import netcdf
from radar.synthetic import storm
from tests.deploy.running import Composed, stack, storage_client
from tests.deploy.written import KUBERNETES, OURS, ROOT, service, stages

__all__ = ["stack"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        sys.platform != "linux", reason="needs 127.0.0.2 and what containers run on: run these on Linux"
    ),
]

PACKAGES = ("radar", "model", "jobs", "workers", "service", "nowcast", "cli")


def test_the_wheel_holds_every_file_of_the_packages(stack: Composed) -> None:
    with zipfile.ZipFile(stack.wheel) as built:
        shipped = {name for name in built.namelist() if not name.startswith("nowcast-")}
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    assert {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts} == shipped


def test_a_storm_becomes_a_nowcast_of_the_network(stack: Composed) -> None:
    body = netcdf.write(storm(shape=(64, 64), frames=12, seed=0))
    headers = {"Content-Type": "application/x-netcdf", **stack.key}
    answer = httpx.post(f"{stack.url}/nowcast?horizon=6", content=body, headers=headers, timeout=400)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["method"], answer.json()["fallback_reason"]) == (
        Settings.model_fields["method"].default,
        None,
    )


def test_without_the_key_nobody_gets_a_nowcast(stack: Composed) -> None:
    assert httpx.post(f"{stack.url}/nowcast", timeout=60).status_code == 401


def test_every_role_is_healthy_and_the_service_ready(stack: Composed) -> None:
    assert [name for name in OURS if not stack.healthy(name)] == []
    assert httpx.get(f"{stack.url}/health/ready", timeout=60).json()["ready"]


def test_prometheus_finds_metrics_where_it_is_told_to_look(stack: Composed) -> None:
    (job,) = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    text = httpx.get(f"{stack.url}{job['metrics_path']}", timeout=60).text
    assert "nowcast_http_requests_total{" in text


@pytest.mark.parametrize("name", [role for role in OURS if role != "gateway"])
def test_every_other_role_shows_metrics_of_its_own(stack: Composed, name: str) -> None:
    answer = httpx.get(f"http://127.0.0.1:{stack.metrics[name]}/metrics", timeout=60)
    assert answer.is_success
    assert ("nowcast_device_memory_bytes{" in answer.text) == (name == "worker")


def test_keda_can_read_the_lag_of_every_stream_it_is_told_of(stack: Composed) -> None:
    test_a_storm_becomes_a_nowcast_of_the_network(stack)
    scaled, *_ = yaml.safe_load_all((KUBERNETES / "components/keda/worker.yaml").read_text())
    streams = {one["metadata"]["stream"]: one["metadata"]["consumerGroup"] for one in scaled["spec"]["triggers"]}
    with stack.redis() as redis:
        for stream, group in streams.items():
            (found,) = redis.xinfo_groups(stream)
            assert (found["name"].decode(), found["lag"]) == (group, 0)


@pytest.mark.parametrize("command", [["HGETALL", "nowcast:methods:cards"], ["CONFIG", "GET", "*"], ["ACL", "LIST"]])
def test_a_stranger_may_only_ask_whether_the_store_is_there(stack: Composed, command: list[str]) -> None:
    with Redis(port=stack.ports["6379"]) as stranger:
        assert stranger.ping()
        with pytest.raises((NoPermissionError, AuthenticationError)):
            stranger.execute_command(*command)


@pytest.mark.parametrize("command", [["FLUSHALL"], ["CONFIG", "SET", "maxmemory", "1"], ["SHUTDOWN"]])
def test_our_own_user_may_not_ruin_the_store(stack: Composed, command: list[str]) -> None:
    with stack.redis() as redis, pytest.raises(NoPermissionError):
        redis.execute_command(*command)


def test_the_healthcheck_of_the_store_holds(stack: Composed) -> None:
    client = storage_client()
    if client is None:
        pytest.skip("there is no valkey-cli or redis-cli to ask with: apt-get install redis-tools")
    _, program, *arguments = service("valkey")["healthcheck"]["test"]
    assert program == "valkey-cli"
    subprocess.run([client, "-p", str(stack.ports["6379"]), *arguments], check=True)


@pytest.mark.parametrize("module", ["torch", "cv2"])
def test_the_image_of_the_gateway_lacks(stack: Composed, module: str) -> None:
    python = stack.programs["gateway"] / "python"
    asked = [str(python), "-c", f"import importlib.util as u; raise SystemExit(u.find_spec('{module}') is not None)"]
    subprocess.run(asked, check=True, cwd=stack.folder, env={})


@pytest.mark.parametrize("command", ["--help", "keys --help", "promote --help", "pull --help", "verify --help"])
def test_commands_for_operators_run_in_the_image_of_the_gateway(stack: Composed, command: str) -> None:
    program = stack.programs["gateway"] / "nowcast"
    said = subprocess.run([program, *command.split()], capture_output=True, text=True, cwd=stack.folder, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    assert "needs torch, which is not installed here" in said.stdout or command != "--help"


def test_images_ask_after_themselves_as_compose_does() -> None:
    asked = {name: service(name)["healthcheck"]["test"][1:] for name in ("gateway", "worker")}
    assert asked == {"gateway": stages()["gateway"].healthcheck(), "worker": stages()["worker-cpu"].healthcheck()}


def test_all_end_well_within_their_grace(stack: Composed) -> None:
    """The last of this file: nothing runs afterwards."""
    assert stack.stop() == dict.fromkeys((*OURS, "valkey"), 0)
