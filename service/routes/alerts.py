"""Alerts of a region: what is looked for, whom to tell, and how good they were."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from jobs.alert import AlertPlan
from jobs.alerts import Alerts
from jobs.geometry import looked_up
from jobs.history import History
from jobs.region import ID, Region
from jobs.settings import Settings
from jobs.store import Store
from radar.errors import BadInput
from service import alert_views
from service.alert_schemas import AlertsView, AlertView
from service.dependencies import OwnRegionDep, RegionDep, SettingsDep, StoreDep
from service.problems import documented

router = APIRouter(tags=["alerts"])
Name = Annotated[str, Path(pattern=ID, description="name of an alert", examples=["zurich-centre"])]
PATH = "/regions/{region_id}/alerts/{name}"


@router.get(
    "/regions/{region_id}/alerts",
    operation_id="listAlerts",
    summary="Every alert of a region",
    responses=documented(404, 422, 500, 503),
)
def listed(region: RegionDep, store: StoreDep) -> AlertsView:
    """By name, with what became of each."""
    alerts = Alerts(store.redis)
    counts = alerts.counts(region.id)
    views = [alert_views.view(store.redis, region, alert, counts) for alert in alerts.of(region.id)]
    return AlertsView(region=region.id, alerts=views)


@router.put(
    PATH,
    operation_id="putAlert",
    summary="Make an alert, or change it",
    responses={201: {"description": "It is new", "model": AlertView}, **documented(404, 413, 422, 500, 503)},
)
def put(
    region: OwnRegionDep, name: Name, plan: AlertPlan, response: Response, *, store: StoreDep, settings: SettingsDep
) -> AlertView:
    """From the next nowcast on. When something else is looked for than before, an event that lasts is cancelled."""
    check(region, plan, store, settings)
    response.status_code = 201 if Alerts(store.redis).put(region.id, name, plan) else 200
    return found(region, name, store)


@router.get(
    PATH, operation_id="getAlert", summary="An alert and how good it was", responses=documented(404, 422, 500, 503)
)
def get(region: RegionDep, name: Name, store: StoreDep) -> AlertView:
    """Its last look, its events and their outcomes, and the messages that were not taken."""
    return found(region, name, store)


@router.delete(
    PATH,
    operation_id="deleteAlert",
    summary="Forget an alert and its messages",
    status_code=204,
    responses=documented(404, 422, 500, 503),
)
def delete(region: RegionDep, name: Name, store: StoreDep) -> None:
    """Nobody is told any more, of an event that lasts neither."""
    Alerts(store.redis).delete(region.id, name)


def found(region: Region, name: str, store: Store) -> AlertView:
    """An alert that there is, or UnknownAlert."""
    alerts = Alerts(store.redis)
    return alert_views.view(store.redis, region, alerts.get(region.id, name), alerts.counts(region.id))


def check(region: Region, plan: AlertPlan, store: Store, settings: Settings) -> None:
    """BadInput for an alert that could never be told, or never be over."""
    if not settings.webhook_http and plan.host.startswith("http:"):
        raise BadInput("Alerts go over https, unless the operator sets NOWCAST_WEBHOOK_HTTP.")
    longest = region.horizon * region.cadence_minutes
    if plan.within_minutes > longest:
        raise BadInput(
            f"within_minutes is {plan.within_minutes:g}, and the region's nowcasts reach {longest:g} minutes."
        )
    grid = region.grid.grid() if region.grid else History(store.redis).grid(region.id)
    if grid is not None:
        looked_up(plan.geometry, grid)
