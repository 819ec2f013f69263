"""What every error answer has in common."""

from typing import Any

import httpx


def problem(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """The problem of a response, when it is one of this status and kind."""
    said: dict[str, Any] = response.json()
    assert (response.status_code, said["type"]) == (status, f"/problems/{name}"), said
    assert response.headers["content-type"] == "application/problem+json"
    assert said["status"] == status
    assert said["title"]
    assert said["instance"] == response.headers["x-request-id"]
    return said
