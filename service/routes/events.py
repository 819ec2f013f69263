"""Listening to a job instead of asking again and again."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from service.dependencies import StoreDep, WaitingDep
from service.events import END, MEDIA, Audience, told
from service.problems import documented
from service.routes.nowcasts import Id
from service.shown import SHOWN

router = APIRouter(tags=["nowcasts"])
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`status` events with the job, a `lead` event for each frame once it is done, then `end`",
        "content": {
            MEDIA: {
                "example": SHOWN["events"],
                "itemSchema": {
                    "type": "object",
                    "required": ["data", "event", "id"],
                    "properties": {
                        "event": {"enum": ["status", "lead", "end"]},
                        "id": {"type": "string"},
                        "data": {"type": "string", "description": "the job, or the frame, as JSON"},
                    },
                },
            }
        },
    },
    204: {"description": "The caller has heard the end already"},
}
LastEventId = Annotated[
    str | None, Header(description="id of the event that was heard last, which browsers send", examples=["3"])
]


@router.get(
    "/nowcasts/{job_id}/events",
    operation_id="listenToNowcast",
    summary="What happens to a job, as server-sent events",
    response_class=StreamingResponse,
    responses={**STREAM, **documented(404, 500, 503)},
)
async def listen(
    request: Request, job_id: Id, store: StoreDep, waiting: WaitingDep, last_event_id: LastEventId = None
) -> Response:
    """Ends with the job; a comment is sent when nothing happens for a while."""
    audience: Audience = request.app.state.audience
    audience.check()
    await run_in_threadpool(store.job, job_id)
    if last_event_id == END:
        return Response(status_code=204)
    return StreamingResponse(told(waiting, audience, job_id, last_event_id), media_type=MEDIA, headers=UNBUFFERED)
