"""An alert as its JSON shows it: nothing of its secret, of its URL only the host."""

from collections.abc import Mapping
from datetime import UTC, datetime

from redis import Redis

from jobs.alert import Alert
from jobs.alert_message import Message
from jobs.alert_state import State
from jobs.alerts import Alerts
from jobs.outbox import Outbox
from jobs.region import Region
from service.alert_schemas import AlertLinks, AlertView, CountsView, MessageView, StandingView

COUNTED = ("onsets", "all_clears", "hit", "false_alarm", "late", "unseen", "miss", "delivered", "dead")
Counts = Mapping[tuple[str, str], int]


def view(redis: Redis, region: Region, alert: Alert, counts: Counts) -> AlertView:
    """An alert and how it does."""
    state, outbox = Alerts(redis).state(alert).at(region, datetime.now(UTC)), Outbox(redis)
    above = f"/regions/{region.id}"
    return AlertView(
        region=alert.region,
        name=alert.name,
        watch=alert.watch,
        host=alert.host,
        updates=alert.updates,
        standing=standing(state),
        counts=counts_of(alert.name, counts),
        events=list(reversed(state.events)),
        waiting=[message(one) for one in outbox.waiting(alert.region, alert.name)],
        dead=[message(one) for one in outbox.dead(alert.region, alert.name)],
        links=AlertLinks(self_=f"{above}/alerts/{alert.name}", region=above),
    )


def standing(state: State) -> StandingView:
    """Where an alert stands."""
    shown = {name: getattr(state, name) for name in ("verdict", "detail", "evaluated", "reference_time")}
    return StandingView(**shown, event=state.open)


def message(one: Message) -> MessageView:
    """A message without its body."""
    return MessageView(**one.model_dump(exclude={"body"}))


def counts_of(name: str, counts: Counts) -> CountsView:
    """The counts of an alert, and what follows from them."""
    found = {kind: counts.get((name, kind), 0) for kind in COUNTED}
    leads = counts.get((name, "lead_seconds"), 0) / 60
    return CountsView(
        **found,
        pod=share(found["hit"], found["miss"]),
        far=share(found["false_alarm"], found["hit"]),
        lead_minutes=leads / found["hit"] if found["hit"] else None,
    )


def share(part: int, rest: int) -> float | None:
    """Of both together; None of nothing."""
    return part / (part + rest) if part + rest else None
