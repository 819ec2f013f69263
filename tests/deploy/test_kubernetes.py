"""The manifests say the same as docker-compose.yml, which other tests run, and refer only to what there is."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs import keys, region_file
from jobs.job import Priority
from jobs.settings import Settings
from service.app import create
from tests.deploy.test_lint import example, with_components
from tests.deploy.written import COMPONENTS, OURS, ROOT, Manifest, manifests, service, stages, words

STORE = "valkey"


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    return manifests(with_components(tmp_path_factory.mktemp("all"), COMPONENTS))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    return manifests(with_components(tmp_path_factory.mktemp("plain"), ()))


def find(rendered: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = (one for one in rendered if (one["kind"], one["metadata"]["name"]) == (kind, name))
    return found


def pod(rendered: list[Manifest], name: str) -> Manifest:
    spec: Manifest = find(rendered, "StatefulSet" if name == STORE else "Deployment", name)["spec"]["template"]["spec"]
    return spec


def container(rendered: list[Manifest], name: str) -> Manifest:
    (found,) = pod(rendered, name)["containers"]
    return dict(found)


def probes(one: Manifest) -> list[Manifest]:
    return [probe for kind in ("startupProbe", "readinessProbe", "livenessProbe") if (probe := one.get(kind))]


@pytest.mark.parametrize("name", [*OURS, STORE])
def test_containers_run_what_compose_runs(plain: list[Manifest], name: str) -> None:
    assert container(plain, name)["args"] == words(service(name)["command"])


@pytest.mark.parametrize("name", [*OURS, STORE])
def test_images_are_those_of_compose(plain: list[Manifest], name: str) -> None:
    assert container(plain, name)["image"] == service(name)["image"]


def test_the_gpu_worker_has_the_image_of_compose(everything: list[Manifest]) -> None:
    worker = container(everything, "worker")
    assert worker["image"] == service("worker-gpu")["image"]
    assert {"name": "NOWCAST_DEVICE", "value": "cuda"} in worker["env"]


@pytest.mark.parametrize("name", [*OURS, STORE])
def test_folders_are_those_of_compose(plain: list[Manifest], name: str) -> None:
    volumes = {volume.split(":")[1] for volume in service(name).get("volumes", [])}
    tmpfs = {folder.partition(":")[0] for folder in service(name).get("tmpfs", [])}
    mounted = {mount["mountPath"] for mount in container(plain, name)["volumeMounts"]}
    assert mounted == volumes | tmpfs | {"/run/secrets"}


@pytest.mark.parametrize("name", [*OURS, STORE])
def test_commands_of_probes_are_healthchecks_of_compose(plain: list[Manifest], name: str) -> None:
    asked = [probe["exec"]["command"] for probe in probes(container(plain, name)) if "exec" in probe]
    assert asked == [service(name)["healthcheck"]["test"][1:]] * len(asked)
    assert asked or name == "gateway"


def test_the_gateway_is_probed_and_scraped_where_it_answers(everything: list[Manifest]) -> None:
    gateway, routes = container(everything, "gateway"), create(Settings()).openapi()["paths"]
    asked = {probe["httpGet"]["path"] for probe in probes(gateway)}
    (scraped,) = find(everything, "ServiceMonitor", "gateway")["spec"]["endpoints"]
    assert asked | {scraped["path"]} <= set(routes)
    assert scraped["port"] in {port["name"] for port in find(everything, "Service", "gateway")["spec"]["ports"]}
    assert {port["containerPort"] for port in gateway["ports"]} == {int(stages()["gateway"].all("EXPOSE")[-1])}


@pytest.mark.parametrize("name", [role for role in OURS if role != "gateway"])
def test_the_other_roles_are_scraped_at_the_port_they_name(everything: list[Manifest], name: str) -> None:
    monitor, policy = (find(everything, *of)["spec"] for of in (("PodMonitor", "roles"), ("NetworkPolicy", "metrics")))
    (expression,) = monitor["selector"]["matchExpressions"]
    assert name in expression["values"]
    assert policy["podSelector"]["matchExpressions"] == [expression]
    (scraped,), (ingress,) = monitor["podMetricsEndpoints"], policy["ingress"]
    (port,), said = container(everything, name)["ports"], settings(container(everything, name))
    assert {scraped["port"], ingress["ports"][0]["port"]} == {port["name"]}
    assert said["NOWCAST_METRICS_PORT"] == str(port["containerPort"])
    assert said["NOWCAST_METRICS_PORT"] == service(name)["environment"]["NOWCAST_METRICS_PORT"]


def settings(one: Manifest) -> dict[str, str]:
    """What a container's own environment sets."""
    return {pair["name"]: pair.get("value", "") for pair in one["env"]}


@pytest.mark.parametrize("name", [*OURS, STORE])
def test_a_pod_has_longer_than_compose_to_end(plain: list[Manifest], name: str) -> None:
    grace = float(service(name)["stop_grace_period"].removesuffix("s"))
    assert pod(plain, name)["terminationGracePeriodSeconds"] >= grace


@pytest.mark.parametrize("name", [*OURS, STORE])
def test_no_container_has_rights(everything: list[Manifest], name: str) -> None:
    spec, one = pod(everything, name), container(everything, name)
    assert spec["securityContext"]["runAsNonRoot"]
    assert f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}" == service(name)["user"]
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False


def test_every_setting_is_one_we_read(everything: list[Manifest]) -> None:
    named = set(find(everything, "ConfigMap", "nowcast-settings")["data"])
    named |= {one["name"] for role in OURS for one in container(everything, role).get("env", [])}
    named |= {name for role in OURS for name in service(role).get("environment", {})}
    assert named <= {f"NOWCAST_{name.upper()}" for name in Settings.model_fields}


def test_every_secret_that_is_used_is_made(everything: list[Manifest]) -> None:
    triggers = find(everything, "TriggerAuthentication", STORE)["spec"]["secretTargetRef"]
    used = {one["key"] for one in triggers} | {
        item["key"]
        for role in (*OURS, STORE)
        for volume in pod(everything, role)["volumes"]
        for item in volume.get("secret", {}).get("items", [])
    }
    assert used == set(example()["stringData"])


@pytest.mark.parametrize("priority", sorted(set(Priority) - {Priority.SHADOW}))  # shadows call for no more workers
def test_keda_watches_the_queue_of_the_default_method(everything: list[Manifest], priority: Priority) -> None:
    scaled = find(everything, "ScaledObject", "worker")["spec"]
    streams = [one["metadata"]["stream"] for one in scaled["triggers"]]
    assert keys.queue(Settings.model_fields["method"].default, priority) in streams
    assert {one["metadata"]["consumerGroup"] for one in scaled["triggers"]} == {keys.GROUP}
    assert scaled["scaleTargetRef"]["name"] == find(everything, "Deployment", "worker")["metadata"]["name"]
    assert "replicas" not in find(everything, "Deployment", "worker")["spec"]


def labelled(rendered: list[Manifest], selector: dict[str, Any]) -> list[str]:
    """The roles whose pods a selector takes."""
    wanted = selector.get("matchLabels", {}).items()
    return [
        role
        for role in (*OURS, STORE)
        if wanted
        <= find(rendered, "StatefulSet" if role == STORE else "Deployment", role)["spec"]["template"]["metadata"][
            "labels"
        ].items()
    ]


@pytest.mark.parametrize("kind", ["PodDisruptionBudget", "NetworkPolicy"])
def test_every_selector_takes_some_pods(everything: list[Manifest], kind: str) -> None:
    field = "podSelector" if kind == "NetworkPolicy" else "selector"
    found = {
        one["metadata"]["name"]: labelled(everything, one["spec"][field]) for one in everything if one["kind"] == kind
    }
    assert found
    assert [name for name, pods in found.items() if not pods] == []


@pytest.mark.parametrize("name", ["gateway", STORE])
def test_a_service_leads_to_its_pods(everything: list[Manifest], name: str) -> None:
    spec = find(everything, "Service", name)["spec"]
    assert labelled(everything, {"matchLabels": spec["selector"]}) == [name]
    assert {port["targetPort"] for port in spec["ports"]} == {
        port["name"] for port in container(everything, name)["ports"]
    }


def test_the_autoscaler_scales_the_gateway(plain: list[Manifest]) -> None:
    spec = find(plain, "HorizontalPodAutoscaler", "gateway")["spec"]
    assert spec["scaleTargetRef"]["name"] == "gateway"
    assert "replicas" not in find(plain, "Deployment", "gateway")["spec"]


def test_both_files_of_regions_can_be_read(plain: list[Manifest], tmp_path: Path) -> None:
    mounted = tmp_path / "regions.toml"
    mounted.write_text(find(plain, "ConfigMap", "nowcast-regions")["data"]["regions.toml"])
    assert region_file.read(mounted) == region_file.read(ROOT / "deploy/regions/regions.toml") == []


def test_the_example_is_not_applied(everything: list[Manifest]) -> None:
    assert [one for one in everything if one["kind"] == "Secret"] == []
    assert (
        yaml.safe_load((ROOT / "deploy/k8s/secret.example.yaml").read_text())["metadata"]["name"] == "nowcast-secrets"
    )
