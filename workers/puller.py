"""The Celery worker that fetches radar: `celery -A workers.puller worker -Q pull -P prefork -c 2`. Loads no torch."""

import logging
import signal
from functools import cache, partial
from typing import Any

from celery.signals import worker_process_init

from jobs.celery_app import PULL, PULL_SECONDS, app
from jobs.connection import connect
from jobs.errors import RegionBusy, UnknownRegion
from jobs.queue import Queue
from jobs.regional import Regional
from jobs.settings import Settings, settings
from jobs.store import Store
from radar.errors import NowcastError
from workers import heartbeat
from workers.orphans import die_with_parent
from workers.pull import Puller
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


@worker_process_init.connect
def prepare(**_: Any) -> None:
    """A pool child ends with its worker, and says that it is there."""
    die_with_parent(signal.SIGKILL)
    heartbeat.start(partial(heartbeat.alive, connect(settings()), "puller"))


@app.task(name=PULL, time_limit=PULL_SECONDS)
def pull(region_id: str) -> None:
    """One cycle of a region; there is nothing to do when another is at it, or the region is gone."""
    try:
        done = puller_of_this_process().pull(region_id)
    except (RegionBusy, UnknownRegion) as error:
        log.info("%s", error)
    except NowcastError as error:
        log.error("region %s: %s", region_id, error)
    else:
        log.info("region %s: %s: %s", region_id, done.outcome, done.detail)
