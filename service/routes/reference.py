"""The description of the interface as a page: made here out of OpenAPI, with no script and nothing of another site."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

router = APIRouter(tags=["operations"])
STYLE = (
    ":root { color-scheme: light dark } body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; "
    "margin: 2rem auto; padding: 0 1rem } code { font: 14px ui-monospace, monospace } summary { cursor: pointer; "
    "padding: 0.3rem 0 } td, th { text-align: left; vertical-align: top; padding: 0 1rem 0.2rem 0 }"
)
HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    f"<title>Nowcast: the interface</title><style>{STYLE}</style>"
)


@router.get("/docs", include_in_schema=False)
async def reference(request: Request) -> Response:
    """Every operation with its parameters, bodies and answers."""
    return HTMLResponse(page(request.app), headers={"Content-Security-Policy": POLICY})


@cache
def page(app: Any) -> str:
    """The whole page, made once."""
    said = app.openapi()
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, known in said["paths"].items()
        for method, operation in known.items()
    ]
    tags = dict.fromkeys(tag for _, operation in operations for tag in operation["tags"])
    parts = [f"<h2>{escape(tag)}</h2>{''.join(tagged(operations, tag))}" for tag in tags]
    title, version, summary = (escape(said["info"][name]) for name in ("title", "version", "summary"))
    programs = 'For programs: <a href="openapi.json">openapi.json</a>.'
    return f"{HEAD}<h1>{title} {version}</h1><p>{summary} {programs}</p>{''.join(parts)}"


def tagged(operations: list[tuple[str, dict[str, Any]]], tag: str) -> Iterator[str]:
    """The operations of a tag."""
    return (described(name, operation) for name, operation in operations if tag in operation["tags"])


def described(name: str, operation: dict[str, Any]) -> str:
    """One operation, to be opened by a click."""
    scopes = [scope for one in operation.get("security", []) for scope in one.get("bearer", [])]
    facts = [
        *((f"{one['in']}: {one['name']}", one.get("description", "")) for one in operation.get("parameters", [])),
        *(("body", media) for media in operation.get("requestBody", {}).get("content", {})),
        *((f"answer {status}", answered(one)) for status, one in operation["responses"].items()),
        *(("scope of the key", scope) for scope in scopes),
    ]
    rows = "".join(f"<tr><th>{escape(what)}</th><td>{escape(said)}</td></tr>" for what, said in facts)
    summary = f"<summary><code>{escape(name)}</code> {escape(operation['summary'])}</summary>"
    told = f"<p>{escape(operation.get('description', ''))}</p>"
    return f'<details id="{escape(operation["operationId"])}">{summary}{told}<table>{rows}</table></details>'


def answered(response: dict[str, Any]) -> str:
    """What an answer is, and the types it may have."""
    media = ", ".join(response.get("content", {}))
    return f"{response.get('description', '')} ({media})" if media else str(response.get("description", ""))
