"""Which methods there are."""

from fastapi import APIRouter

from service.dependencies import SettingsDep, StoreDep
from service.problems import documented
from service.schemas import MethodsView

router = APIRouter(tags=["methods"])


@router.get(
    "/methods",
    operation_id="listMethods",
    summary="Every method with its card",
    responses=documented(503),
)
def methods(store: StoreDep, settings: SettingsDep) -> MethodsView:
    """What each eats and says, on which data it was trained, and how it scores; none before a worker is ready."""
    return MethodsView(default=settings.method, methods=list(store.cards().values()))
