"""The documentation says what the code does."""

import ast
import re
from pathlib import Path

import pytest

from cli.main import COMMANDS
from jobs.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGES = ("radar", "model", "jobs", "workers", "service", "nowcast", "cli")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name: str) -> None:
    rows = (ROOT / "docs/configuration.md").read_text()
    assert f"| `NOWCAST_{name.upper()}` |" in rows


def test_no_row_names_a_setting_that_is_gone() -> None:
    rows = re.findall(r"^\| `NOWCAST_(\w+)`", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE)
    assert {row.lower() for row in rows} == set(Settings.model_fields)


def test_the_tree_in_the_readme_says_of_every_file_what_the_file_says() -> None:
    tree = (ROOT / "README.md").read_text().partition("## The tree")[2]
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.name != "__init__.py"]
    assert {str(path.relative_to(ROOT)): said for path in files if (said := sentence(path)) != phrase(tree, path)} == {}


def sentence(path: Path) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def phrase(tree: str, path: Path) -> str | None:
    """What the tree says of a file."""
    folder = str(path.parent.relative_to(ROOT)) + "/"
    section = tree.partition(f"\n{folder}")[2].partition("\n\n")[0]
    found = re.search(rf"^ +{re.escape(path.name)} +(\S.*)$", section, re.MULTILINE)
    return found and found[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"nowcast {command}" in (ROOT / "README.md").read_text()


def test_the_readme_shows_its_two_commands_and_a_picture() -> None:
    text = (ROOT / "README.md").read_text()
    assert "make serve" in text
    assert "make test" in text
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)
