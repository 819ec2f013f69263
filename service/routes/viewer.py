"""The map viewer: a page and its modules, as they lie in service/viewer; nothing in it comes from another site."""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.conditional import unchanged
from service.problems import documented

router = APIRouter(tags=["viewer"])
FOLDER = Path(__file__).parents[1] / "viewer"
MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".bin": "application/octet-stream",
}
"""What is served, by its ending; licences lie beside it to be read where they are."""
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'"
"""Pictures may be data: Leaflet empties a tile it lets go of with one."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
STARTED = datetime.now(UTC)


@dataclass(frozen=True)
class File:
    """A file of the page, as it is and compressed."""

    body: bytes
    packed: bytes
    media: str
    etag: str


@cache
def files() -> dict[str, File]:
    """Every file there is by its path: what is not in here cannot be asked for."""
    found = [path for path in FOLDER.rglob("*") if path.suffix in MEDIA]
    return {path.relative_to(FOLDER).as_posix(): loaded(path) for path in found}


def loaded(path: Path) -> File:
    """A file, read once."""
    body = path.read_bytes()
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    return File(body, gzip.compress(body, mtime=0), MEDIA[path.suffix], etag)


@router.get(
    "/",
    operation_id="getViewer",
    summary="The map viewer",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **documented(500)},
)
async def index(request: Request) -> Response:
    """Past and nowcast of every region, in a browser."""
    return sent(request, files()["index.html"])


@router.get(
    "/viewer/{path:path}",
    operation_id="getViewerFile",
    summary="A part of the map viewer",
    response_class=Response,
    responses={200: {"content": {"*/*": {"schema": {"type": "string"}}}}, **documented(404, 500)},
)
async def file(
    request: Request, path: Annotated[str, InPath(description="a file of the page", examples=["main.js"])]
) -> Response:
    """Scripts, styles and coastlines."""
    if path not in files():
        raise HTTPException(404)
    return sent(request, files()[path])


def sent(request: Request, found: File) -> Response:
    """A file, unless the browser has it; compressed when the browser can read that."""
    headers = {**HEADERS, "ETag": found.etag}
    if unchanged(request, found.etag, STARTED):
        return Response(status_code=304, headers=headers)
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    headers |= {"Content-Encoding": "gzip"} if zipped else {}
    return Response(found.packed if zipped else found.body, headers=headers, media_type=found.media)
