"""For those who run the service: is it alive, is it ready, what does it do."""

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError
from starlette.responses import Response

from jobs.history import History
from jobs.regions import Regions
from jobs.signs import warm_workers
from jobs.store import Store
from radar.errors import NowcastError
from service import metrics
from service.alert_metrics import alerted
from service.dependencies import QueueDep, StoreDep
from service.region_schemas import FreshnessView, ReadyView
from service.region_views import freshness
from service.schemas import Check, LiveView
from service.shown import SHOWN
from service.skill_metrics import verified
from service.snapshot import snapshot

router = APIRouter(tags=["operations"])


@router.get("/health/live", operation_id="getLiveness", summary="The process answers")
async def live(request: Request) -> LiveView:
    """Says nothing about Redis or the workers: a restart of the gateway would mend neither."""
    return LiveView(version=request.app.version)


@router.get(
    "/health/ready",
    operation_id="getReadiness",
    summary="The service can make nowcasts now",
    responses={
        503: {
            "description": "It cannot; the checks say why",
            "model": ReadyView,
            "content": {"application/json": {"example": SHOWN["ReadyView when it is not"]}},
        }
    },
)
def ready(response: Response, store: StoreDep) -> ReadyView:
    """200 when every check is fine, else 503, with the same JSON. A radar that is late is no reason for 503."""
    checks = {name: checked(check, store) for name, check in CHECKS.items()}
    view = ReadyView(ready=all(check.ok for check in checks.values()), checks=checks, regions=ages(store))
    response.status_code = 200 if view.ready else 503
    return view


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}, "example": SHOWN["metrics"]}}}},
)
def scrape(request: Request, store: StoreDep, queue: QueueDep) -> Response:
    """The text format; what is true at this moment, and what was verified, is absent while Redis is away."""
    regions = ages(store)
    now, (counted, told) = snapshot(request.app.version, store, queue, regions), verified(store, [*regions])
    return Response(metrics.text(now, told, alerted(store)) + counted, headers={"Content-Type": CONTENT_TYPE_LATEST})


def redis(store: Store) -> Check:
    """Redis answers."""
    store.redis.ping()
    return Check(ok=True, detail="answers")


def workers(store: Store) -> Check:
    """At least one worker is warm."""
    warm = len(warm_workers(store.redis))
    return Check(ok=warm > 0, detail=f"{warm} warm")


def methods(store: Store) -> Check:
    """At least one method can be asked for."""
    names = ", ".join(store.cards())
    return Check(ok=bool(names), detail=names or "none")


CHECKS: dict[str, Callable[[Store], Check]] = {"redis": redis, "workers": workers, "methods": methods}


def checked(check: Callable[[Store], Check], store: Store) -> Check:
    """The outcome of a check that may not even get that far."""
    try:
        return check(store)
    except (RedisError, NowcastError) as error:
        return Check(ok=False, detail=type(error).__name__)


def ages(store: Store) -> dict[str, FreshnessView]:
    """How old the data of each region are."""
    now = datetime.now(UTC)
    try:
        regions = Regions(store.redis).all()
        ends = History(store.redis).ends([region.id for region in regions])
        return {region.id: freshness(region, ends[region.id], now) for region in regions}
    except (RedisError, NowcastError):
        return {}
