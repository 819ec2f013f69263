"""The description of the interface fits the interface."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.answers import ANSWERS
from service.app import create
from service.intake import READERS, PackedFrames, TinyFrames
from service.schemas import SHOWN_JOB, SHOWN_NOWCAST, JobView, NowcastView

OPENAPI: dict[str, Any] = create().openapi()
OPERATIONS = [
    (f"{method} {path}", operation) for path, known in OPENAPI["paths"].items() for method, operation in known.items()
]


def test_every_reference_leads_somewhere() -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(OPENAPI)))
    assert named <= OPENAPI["components"]["schemas"].keys()


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_every_route_is_described(name: str, operation: dict[str, Any]) -> None:
    assert re.fullmatch("[a-z]+[A-Z][A-Za-z]+", operation["operationId"]), name
    assert operation["summary"]
    assert operation["tags"]


@pytest.mark.parametrize(("name", "operation"), [one for one in OPERATIONS if "health" not in one[0]])
def test_every_error_is_a_problem(name: str, operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status >= "400":
            assert list(response["content"]) == ["application/problem+json"], (name, status)


@pytest.mark.parametrize(
    "path", [path for path in OPENAPI["paths"] if path.startswith(("/nowcast", "/regions", "/edr"))]
)
def test_every_path_is_in_the_guide(path: str) -> None:
    text = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")
    assert path in text


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_every_parameter_has_words(name: str, operation: dict[str, Any]) -> None:
    wordless = [one["name"] for one in operation.get("parameters", []) if not one.get("description")]
    assert wordless == [], name


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_every_parameter_shows_a_value(name: str, operation: dict[str, Any]) -> None:
    shown = {"examples", "default", "enum", "const"}
    blank = [one["name"] for one in operation.get("parameters", []) if not shown & (one | one["schema"]).keys()]
    assert blank == [], name


@pytest.mark.parametrize("name", ["lists", "files"])
def test_the_examples_of_a_body_are_good_ones(client: httpx.Client, name: str) -> None:
    examples = OPENAPI["paths"]["/nowcast"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert client.post("/nowcast?horizon=2", json=examples[name]["value"]).status_code == 200


def test_every_way_in_and_out_is_described() -> None:
    operation = OPENAPI["paths"]["/nowcast"]["post"]
    assert list(operation["requestBody"]["content"]) == list(READERS)
    assert set(operation["responses"]["200"]["content"]) == set(ANSWERS)


def test_the_description_is_made_once() -> None:
    app = create()
    assert app.openapi() is app.openapi()


def test_the_examples_are_what_they_are_examples_of() -> None:
    for model in (TinyFrames, PackedFrames):
        model.model_validate_json(json.dumps(OPENAPI["components"]["schemas"][model.__name__]["example"]))
    JobView.model_validate(SHOWN_JOB)
    NowcastView.model_validate(SHOWN_NOWCAST)
