"""The project as an image has it: a wheel in an environment with what some extras ask for, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.written import ROOT


def wheel(folder: Path) -> Path:
    """Build the wheel, without asking any index."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True, cwd=folder)
    (built,) = folder.glob("nowcast-*.whl")
    return built


def environment(folder: Path, built: Path, extras: Iterable[str]) -> Path:
    """A virtual environment with the wheel and links to what its extras need; the folder of its programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/*/site-packages")
    for needed in closure(requirements(*extras)):
        link(needed, packages)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(built)], check=True, cwd=folder)
    return folder / "bin"


def requirements(*extras: str) -> list[Requirement]:
    """What an image installs for extras, by the script with which it does."""
    command = [sys.executable, str(ROOT / "deploy/requirements.py"), str(ROOT / "pyproject.toml"), *extras]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [Requirement(line) for line in said.splitlines()]


def closure(wanted: Iterable[Requirement]) -> list[Distribution]:
    """Everything that is installed with the requirements."""
    seen: set[tuple[str, str]] = set()
    found: dict[str, Distribution] = {}
    left = [
        (one, extra) for one in wanted for extra in ("", *one.extras) if one.marker is None or one.marker.evaluate()
    ]
    while left:
        one, extra = left.pop()
        name = canonicalize_name(one.name)
        if (name, extra) not in seen:
            seen.add((name, extra))
            found[name] = distribution(name)
            left += needs(found[name], extra)
    return list(found.values())


def needs(one: Distribution, extra: str) -> Iterator[tuple[Requirement, str]]:
    """What a distribution needs, itself or for one of its extras."""
    for requirement in map(Requirement, one.requires or []):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield from ((requirement, wanted) for wanted in ("", *requirement.extras))


def link(one: Distribution, packages: Path) -> None:
    """Show a distribution's files in another environment."""
    for top in {file.parts[0] for file in one.files or [] if file.parts[0] not in ("..", "__pycache__")}:
        target = packages / top
        if not os.path.lexists(target):
            target.symlink_to(Path(str(one.locate_file(top))))
