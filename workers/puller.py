"""The Celery worker that fetches radar: `celery -A workers.puller worker -Q pull -P prefork -c 2`. Loads no torch."""

import logging
import signal
from functools import cache, partial
from typing import Any

from celery.signals import worker_process_init

from jobs import tracing
from jobs.about import about
from jobs.celery_app import PULL, PULL_SECONDS, app
from jobs.connection import connect
from jobs.errors import RegionBusy, UnknownRegion, UnknownReplay
from jobs.queue import Queue
from jobs.regional import Regional
from jobs.settings import Settings, settings
from jobs.store import Store
from radar.errors import NowcastError
from workers import heartbeat
from workers.alerts import threads as alerts
from workers.orphans import die_with_parent
from workers.pull import Puller
from workers.replaying import Replaying
from workers.sources.table import open_source

log = logging.getLogger(__name__)


def puller(configured: Settings) -> Puller:
    """A puller of every kind of source, on the configured server."""
    redis = connect(configured)
    hosts = tuple(host.strip() for host in configured.source_hosts.split(",") if host.strip())
    return Puller(Regional(Store(redis, configured), Queue(redis, configured)), partial(open_source, hosts=hosts))


@cache
def puller_of_this_process() -> Puller:
    """The one puller of a pool child."""
    return puller(settings())


@cache
def replaying_of_this_process() -> Replaying:
    """What feeds past storms in a pool child."""
    return Replaying(puller_of_this_process().regional)


@worker_process_init.connect
def prepare(**_: Any) -> None:
    """A pool child ends with its worker, and says that it is there."""
    die_with_parent(signal.SIGKILL)
    tracing.start("puller")
    heartbeat.start(partial(heartbeat.alive, connect(settings()), "puller"))
    alerts.start(settings())


@app.task(name=PULL, time_limit=PULL_SECONDS)
def pull(region_id: str) -> None:
    """What is due of a region, in its name; the nowcasts it leads to belong to its trace."""
    with about(region=region_id), tracing.span("pull", tracing.NOTHING):
        attend(region_id)


def attend(region_id: str) -> None:
    """One cycle of a region, or what is due of a past storm; nothing when another is at it, or the region is gone."""
    try:
        if replaying_of_this_process().knows(region_id):
            replaying_of_this_process().feed(region_id)
            return
        done = puller_of_this_process().pull(region_id)
    except (RegionBusy, UnknownRegion, UnknownReplay) as error:
        log.info("%s", error)
    except NowcastError as error:
        log.error("region %s: %s", region_id, error)
    else:
        log.info("region %s: %s: %s", region_id, done.outcome, done.detail)
