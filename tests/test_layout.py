"""The house rules a reader relies on: who may import whom, how long things are, what is pinned."""

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "radar": set[str](),
    "model": {"radar"},
    "jobs": {"radar"},
    "workers": {"radar", "jobs", "model"},
    "service": {"radar", "jobs"},
    "nowcast": {"radar"},
    "cli": {"radar", "model", "jobs", "workers", "service", "nowcast"},
}
WEB = {"fastapi", "starlette", "uvicorn"}
QUEUE = {"celery", "kombu", "redis"}
MAY_NOT_IMPORT = {
    "radar": {"torch", *WEB, *QUEUE},
    "model": {*WEB, *QUEUE},
    "jobs": {"torch", "cv2", *WEB},
    "workers": WEB,
    "service": {"torch", "cv2"},
    "nowcast": {"torch", "cv2", *WEB, *QUEUE},
    "cli": set[str](),
}
PACKAGES = list(MAY_IMPORT)
SAYS_NOTHING = {"utils", "common", "helpers", "core", "base"}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in (*PACKAGES, "tests")
    for path in sorted((ROOT / package).rglob("*.py"))
}
OURS = {name: path for name, path in MODULES.items() if name.split(".")[0] in MAY_IMPORT}


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def named(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Every dotted name that an import among the nodes may bind."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: no function bodies, nothing that is only for the type checker."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from chain.from_iterable(at_import(other) for other in node.orelse)
            continue
        yield node
        yield from at_import(node)


def module_of(name: str) -> str:
    """The module of ours that a dotted name lies in, or the foreign top-level package."""
    parts = name.split(".")
    prefixes = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in OURS), parts[0])


def graph() -> dict[str, set[str]]:
    """Each of our modules with the modules, ours or foreign, that importing it imports."""
    return {name: {module_of(found) for found in named(at_import(parse(path)))} for name, path in OURS.items()}


def reached(start: set[str]) -> set[str]:
    """All that is imported when the modules of `start` are."""
    edges, seen, left = graph(), set(start), list(start)
    while left:
        fresh = edges.get(left.pop(), set()) - seen
        seen |= fresh
        left += fresh
    return seen


def imported(package: str) -> dict[str, set[str]]:
    """Each module of a package with the top-level packages it imports anywhere, also inside functions."""
    modules = {name: path for name, path in OURS.items() if name.split(".")[0] == package}
    return {name: {found.split(".")[0] for found in named(ast.walk(parse(path)))} for name, path in modules.items()}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    docstring = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_one_way(package: str) -> None:
    others = set(PACKAGES) - MAY_IMPORT[package] - {package}
    assert {name: found & others for name, found in imported(package).items() if found & others} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_leaves_alone_what_its_image_lacks(package: str) -> None:
    foreign = MAY_NOT_IMPORT[package]
    assert {name: found & foreign for name, found in imported(package).items() if found & foreign} == {}


def test_only_extrapolation_imports_opencv_in_radar() -> None:
    assert [name for name, found in imported("radar").items() if "cv2" in found] in ([], ["radar.extrapolation"])


def test_the_gateway_reaches_neither_torch_nor_opencv() -> None:
    gateway = {name for name in OURS if name.split(".")[0] in {"service", "jobs"}}
    assert reached(gateway) & {"torch", "cv2"} == set()


def test_no_imports_go_in_a_circle() -> None:
    edges = {name: found - {name} for name, found in graph().items()}
    TopologicalSorter(edges).prepare()


def test_imports_are_absolute() -> None:
    trees = {name: ast.walk(parse(path)) for name, path in MODULES.items()}
    assert [name for name, tree in trees.items() if any(isinstance(n, ast.ImportFrom) and n.level for n in tree)] == []


def test_names_say_something() -> None:
    assert [name for name in MODULES if SAYS_NOTHING & set(name.split("."))] == []


def test_init_files_hold_a_docstring_only() -> None:
    trees = {name: parse(path) for name, path in MODULES.items() if path.name == "__init__.py"}
    assert [name for name, tree in trees.items() if len(tree.body) != (ast.get_docstring(tree) is not None)] == []


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def functions(modules: dict[str, Path]) -> Iterator[tuple[str, int]]:
    """The name of every function with its length."""
    for name, path in modules.items():
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}.{node.name}", length(node)


def test_no_function_is_longer_than_50_lines() -> None:
    assert [(name, lines) for name, lines in functions(MODULES) if lines > 50] == []


def test_most_functions_fit_into_a_glance() -> None:
    lengths = sorted(lines for _, lines in functions(OURS))
    assert lengths[len(lengths) // 2] <= 6
    assert lengths[len(lengths) * 9 // 10] <= 15


def requirements() -> list[Requirement]:
    """Every requirement of pyproject.toml that is not the project itself."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    lines = chain(
        pyproject["build-system"]["requires"], project["dependencies"], *project["optional-dependencies"].values()
    )
    return [found for found in map(Requirement, lines) if found.name != project["name"]]


def pins() -> dict[str, str]:
    """Project name to version, from constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def test_every_requirement_is_pinned_to_a_version_it_allows() -> None:
    pinned = pins()
    wrong = [
        str(found) for found in requirements() if pinned.get(canonicalize_name(found.name), "0") not in found.specifier
    ]
    assert wrong == []


def test_no_pin_names_a_local_build() -> None:
    assert {name: version for name, version in pins().items() if "+" in version} == {}


@pytest.mark.parametrize("decision", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda path: path.stem)
def test_every_decision_names_the_tests_that_hold_it(decision: Path) -> None:
    held_by = decision.read_text(encoding="utf-8").partition("## Held by")[2]
    paths = re.findall(r"`((?:tests|\.ci)/[^`:]*)[^`]*`", held_by)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
