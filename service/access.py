"""Which scope each request needs, and what is open without a key: two tables, and what they forget is for admins."""

import re
from collections.abc import Collection
from ipaddress import ip_address

from jobs.api_key import Scope
from radar.errors import BadInput

SAFE = frozenset({"GET", "HEAD"})
ANY = SAFE | {"POST", "PUT", "PATCH", "DELETE"}
LIVE = "/health/live"
"""Always open: it says nothing but that somebody answers."""
NEEDS: list[tuple[Collection[str], str, Scope]] = [
    (ANY, r"/audit", Scope.ADMIN),
    (ANY, r"/regions/[^/]+/alerts(?:/.*)?", Scope.REGION_WRITE),
    (SAFE, r".*", Scope.READ),
    (ANY, r"/nowcasts?(?:/.*)?", Scope.NOWCAST),
    (ANY, r"/regions(?:/.*)?", Scope.REGION_WRITE),
]
"""The first line that fits tells; what none fits is for admins. Alerts name the addresses they are sent to."""
GROUPS = {
    "docs": r"/docs|/openapi\.json",
    "health": r"/health/.*",
    "metrics": r"/metrics",
    "read": r".*",
    "tiles": r"/public/.*|/v2/(?:radar|coverage)/.*|/tiles/.*",
    "viewer": r"/|/viewer/.*",
}
"""What may be opened by its name, for reading only."""


def needed(method: str, path: str) -> Scope:
    """The scope of a request; its path is one as sent, or a template."""
    fits = (scope for methods, form, scope in NEEDS if method in methods and re.fullmatch(form, path, re.DOTALL))
    return next(fits, Scope.ADMIN)


def opened(said: str) -> re.Pattern[str]:
    """The paths that the groups of a setting open; BadInput for a group there is not."""
    names = [name.strip() for name in said.split(",") if name.strip()]
    if strange := [name for name in names if name not in GROUPS]:
        raise BadInput(f"NOWCAST_PUBLIC has no {strange[0][:40]!r}; there are {', '.join(GROUPS)}.")
    return re.compile("|".join([re.escape(LIVE), *(GROUPS[name] for name in names)]), re.DOTALL)


def is_open(public: re.Pattern[str], method: str, path: str) -> bool:
    """True when nobody has to show a key for this."""
    return needed(method, path) is Scope.READ and public.fullmatch(path) is not None


def loopback(host: str) -> bool:
    """True for a name or an address of this machine itself."""
    try:
        return host.lower() == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
