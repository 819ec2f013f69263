"""The audit log, for admins."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from jobs.audit import Audit, Deed
from radar.frames import in_utc, utc
from service.dependencies import StoreDep
from service.problems import documented
from service.stamps import UtcStamp

router = APIRouter(tags=["operations"])


class AuditView(BaseModel):
    """What was done, the newest first."""

    deeds: list[Deed]


@router.get(
    "/audit",
    operation_id="getAudit",
    summary="Who did what when, with what result",
    responses=documented(422, 500, 503),
)
def audit(
    store: StoreDep,
    count: Annotated[int, Query(ge=1, le=1000, description="how many at most")] = 100,
    before: Annotated[
        UtcStamp | None,
        Query(
            description="only what was done before then, UTC where it names no zone", examples=["2016-09-28T14:45:00Z"]
        ),
    ] = None,
) -> AuditView:
    """What changed something or was refused, while keys are asked for; only the newest lines are kept here."""
    return AuditView(deeds=Audit(store.redis).newest(count, before and utc(in_utc(before))))
