"""Every answer that can be read shows what it looks like, and what it shows is what its schema says."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema_rs import validator_for

from service.app import create
from service.statuses import STATUS

OPENAPI: dict[str, Any] = create().openapi()
READABLE = ("json", "form-data", "event-stream", "text/plain")
OPERATIONS = [
    (operation["operationId"], operation) for path in OPENAPI["paths"].values() for operation in path.values()
]


def bodies(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What an operation takes and answers that can be read, each with the place where it is described."""
    parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for place, part in parts.items():
        for media, content in part.get("content", {}).items():
            if any(kind in media for kind in READABLE):
                yield f"{place} {media}", content


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, or the one that it refers to."""
    known: dict[str, Any] = OPENAPI["components"]["schemas"]
    return known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def shown(content: dict[str, Any]) -> list[Any]:
    """The examples of a body: its own, or else those of its schema."""
    schema = resolved(content.get("schema", {}))
    if "examples" in content:
        return [one["value"] for one in content["examples"].values()]
    return [found["example"] for found in (content, schema) if "example" in found][:1] or schema.get("examples", [])


@cache
def faults(content: str) -> list[str]:
    """What is wrong with the examples of a body; most answers of a problem are the same."""
    said = json.loads(content)
    validator = validator_for({**said.get("schema", {}), "components": OPENAPI["components"]})
    return [str(error) for one in shown(said) for error in validator.iter_errors(one)]


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_every_answer_and_body_shows_a_valid_example(name: str, operation: dict[str, Any]) -> None:
    for place, content in bodies(operation):
        assert shown(content), (name, place)
        assert faults(json.dumps(content)) == [], (name, place)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_a_problem_shows_one_of_its_own_status(name: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        for said in shown(answer.get("content", {}).get("application/problem+json", {})):
            kinds = {kind.__name__ for kind, code in STATUS.items() if code == int(status)} | {"InternalError"}
            assert said["status"] == int(status)
            assert said["title"].title().replace(" ", "") in kinds
