"""What became of alerts as Prometheus reads it, at each scrape, from where it is kept: no restart loses one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from jobs.alerts import Alerts
from jobs.store import Store

LABELS = ["region", "alert"]
EVENTS = {
    "onsets": "Events of an alert.",
    "all_clears": "Events of an alert that ended.",
    "hit": "Events after which the radar saw the threshold reached.",
    "false_alarm": "Events after which it did not.",
    "late": "Events that began when the radar had seen it already.",
    "unseen": "Events that the radar did not see enough of.",
    "miss": "Times the radar saw the threshold reached and no event had spoken of it.",
    "lead_seconds": "Sum over hits of the time from the message to the rain.",
    "delivered": "Messages that were taken.",
    "dead": "Messages that were given up.",
}


@dataclass(frozen=True, eq=False)
class Alerted(Collector):
    """By region and alert, what was counted."""

    counts: Mapping[str, Mapping[tuple[str, str], int]]

    def collect(self) -> Iterator[Metric]:
        """A counter for each kind."""
        for kind, about in EVENTS.items():
            family = CounterMetricFamily(f"nowcast_alert_{kind}", about, labels=LABELS)
            for region_id, counts in self.counts.items():
                for (name, counted), count in counts.items():
                    if counted == kind:
                        family.add_metric([region_id, name], count)
            yield family


def alerted(store: Store) -> Alerted:
    """What there is of every region; nothing while Redis is away."""
    alerts = Alerts(store.redis)
    try:
        return Alerted({name: alerts.counts(name) for name in alerts.regions()})
    except RedisError:
        return Alerted({})
