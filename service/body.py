"""Taking in a request body: in chunks, never more than the limit."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from radar.errors import BadFrames, TooLarge

MAX_FILES, MAX_FIELDS, MAX_FIELD_BYTES = 64, 8, 2**16
FORM = "multipart/form-data"


@dataclass(frozen=True)
class Body:
    """The files of a request, each with its name, and what a form said beside them."""

    files: tuple[tuple[str, bytes], ...]
    fields: dict[str, str] = field(default_factory=dict)


class InMemory(MultiPartParser):
    """A parser that writes no temporary files, for the body is bounded, and that misses a form's end."""

    spool_max_size = 2**40
    ended = False

    def on_end(self) -> None:
        """The last boundary is there."""
        self.ended = True

    async def parse(self) -> FormData:
        """All of the form, or MultiPartException: half a form is not a shorter one."""
        parsed = await super().parse()
        if not self.ended:
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("it ends before its last boundary.")
        return parsed


async def received(request: Request, media: str, limit: int) -> Body:
    """The body of a request, or TooLarge as soon as it is."""
    if media == FORM:
        return await form(request, limit)
    chunks = [chunk async for chunk in capped(request, limit)]
    return Body((("body", b"".join(chunks)),))


async def capped(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The chunks of a body until they are too many."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body has more than {limit} bytes.")
        yield chunk


async def form(request: Request, limit: int) -> Body:
    """The files and fields of a multipart form."""
    parser = InMemory(
        request.headers,
        capped(request, limit),
        max_files=MAX_FILES,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD_BYTES,
    )
    try:
        return await contents(await parser.parse())
    except MultiPartException as error:
        raise BadFrames(f"The multipart form cannot be read: {error.message}") from error


async def contents(parsed: FormData) -> Body:
    """What a parsed form holds, its files in order."""
    items = parsed.multi_items()
    files = [(item.filename or name, await item.read()) for name, item in items if isinstance(item, UploadFile)]
    fields = {name: item for name, item in items if isinstance(item, str)}
    await parsed.close()
    return Body(tuple(files), fields)
