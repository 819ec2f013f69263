"""What the pages for operators name is there: links and their headings, files, services, dashboards, settings."""

import json
import re
from pathlib import Path

import pytest

from cli.main import COMMANDS
from jobs.settings import Settings
from tests.deploy.written import ROOT, compose

PAGES = [ROOT / "docs" / name for name in ("operations.md", "scaling.md", "deployment.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text()):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_service_of_a_command_is_one_of_compose(page: Path) -> None:
    said = page.read_text()
    named = set(re.findall(r"docker compose exec (?:-T )?(\S+)", said)) | set(re.findall(r"--scale (\w+)=", said))
    named |= {name for names in re.findall(r"docker compose logs (?:--\S+ )*([a-z ]+)", said) for name in names.split()}
    assert named <= set(compose()["services"])
    assert set(re.findall(r"--profile (\w+)", said)) <= {"gpu", "monitoring"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_setting_and_command_is_one_of_ours(page: Path) -> None:
    said = page.read_text()
    settings = {f"NOWCAST_{name.upper()}" for name in Settings.model_fields}
    ports = set(re.findall(r"\$\{(NOWCAST_\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert set(re.findall(r"NOWCAST_[A-Z_]+", said)) <= settings | ports
    assert set(re.findall(r"(?:`|^ +)nowcast ([a-z]+)", said, re.MULTILINE)) <= set(COMMANDS)


def test_every_panel_that_is_explained_is_on_the_skill_dashboard() -> None:
    rows = (ROOT / "docs/operations.md").read_text().partition("| on the Skill dashboard |")[2].partition("\n\n")[0]
    explained = re.findall(r"^\| ([A-Z][\w ]+) \|", rows, re.MULTILINE)
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/nowcast-skill.json").read_text())
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert len(explained) == 6
    assert [name for name in explained if not any(title.startswith(name) for title in titles)] == []
