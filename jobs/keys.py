"""Every Redis key and channel, in one place."""

NOTICES = "nowcast:notices"
"""Channel on which the id of every finished job is published."""
METHODS = "nowcast:methods:cards"
"""Hash: method that any worker has ever loaded to the hash of its card; those whose card is gone are not served."""
WORKERS = "nowcast:workers"
"""Set of the workers that gave a sign of life of late: whoever asks looks at theirs, not at every key there is."""
DEAD = "nowcast:dead"
"""Stream of jobs that were given up after too many deliveries."""
GROUP = "workers"
"""The consumer group of every queue."""
BUSY = "nowcast:busy"
"""Set of the methods that have ever had a job, which the sweep goes through."""

REGIONS = "nowcast:regions"
"""Hash: region id to region, as JSON. Configuration: it has no time to live."""
DECLARED = "nowcast:regions:declared"
"""Set of the regions that came from a file, and go when the file no longer names them."""
REPLAYED = "nowcast:regions:replayed"
"""Hash: id to region, as JSON, of those that past storms are fed to."""
FORGOTTEN = "nowcast:regions:forgotten"
"""Set of the regions of replays that are gone, and whose archive and records go next."""
GONE = "nowcast:regions:gone"
"""Sorted set of the regions that were deleted and have an archive still, by when they were."""
DUE = "nowcast:regions:due"
"""Sorted set of the regions that are pulled, by when they are due."""
WEATHER = "nowcast:regions:weather"
"""Hash: region id to how much it rains in its newest frame."""


API_KEYS = "nowcast:api-keys"
"""Hash: id to API key, as JSON. Configuration: it has no time to live."""
API_KEYS_USED = "nowcast:api-keys:used"
"""Hash: id of an API key to when it was last used."""
AUDIT = "nowcast:audit"
"""Stream of the newest deeds of the audit log."""


def quota(key_id: str, name: str) -> str:
    """When all of an API key's quota is back, in milliseconds."""
    return f"nowcast:quota:{key_id}:{name}"


ALERTED = "nowcast:alerts:regions"
"""Set of the regions that have alerts."""
ALERTS_DUE = "nowcast:alerts:due"
"""Sorted set of the alerts with messages to deliver, as region and name, by when the next try is due."""


def job(job_id: str) -> str:
    """Hash: the record of a job and where it stands."""
    return f"nowcast:job:{job_id}"


def card(method: str) -> str:
    """The card of a method, kept alive by the workers that have loaded it."""
    return f"nowcast:card:{method}"


def callers(job_id: str) -> str:
    """Counter: how many requests a job answers."""
    return f"nowcast:callers:{job_id}"


def frames(job_id: str) -> str:
    """Blob: the frames a job starts from."""
    return f"nowcast:in:{job_id}"


def nowcast(job_id: str) -> str:
    """Blob: the nowcast of a finished job."""
    return f"nowcast:out:{job_id}"


def flight(digest: str) -> str:
    """The job that answers every request of this content."""
    return f"nowcast:flight:{digest}"


def idempotency(owner: str, key: str) -> str:
    """The job and content that an Idempotency-Key stands for, of the API key that sent it."""
    return f"nowcast:idempotency:{owner}:{key}"


def queue(method: str, priority: str) -> str:
    """Stream: the jobs of a method that wait."""
    return f"nowcast:queue:{method}:{priority}"


def wake(method: str) -> str:
    """Flag: a drain of this method is on its way."""
    return f"nowcast:wake:{method}"


def worker(name: str) -> str:
    """Heartbeat of a worker that is warm."""
    return f"nowcast:worker:{name}"


def alive(role: str, machine: str) -> str:
    """Sign of life of a role that computes nothing, on a machine."""
    return f"nowcast:alive:{role}:{machine}"


def of_region(region_id: str) -> str:
    """What every key of a region fits."""
    return f"nowcast:region:{region_id}:*"


def replay(replay_id: str) -> list[str]:
    """A replay: its record, as JSON; list of the frames that are to come."""
    return [f"nowcast:replay:{replay_id}:{part}" for part in ("record", "coming")]


def history(region_id: str) -> list[str]:
    """A region's frames: sorted set of their times, hash of their blobs by time, hash of what is true of all."""
    return [f"nowcast:region:{region_id}:{part}" for part in ("times", "frames", "history")]


def latest(region_id: str) -> list[str]:
    """A region's latest nowcast: its blob, the record of its job, sorted set of the jobs that may replace it."""
    return [f"nowcast:region:{region_id}:{part}" for part in ("nowcast", "job", "ordered")]


def trouble(region_id: str) -> str:
    """Why a region has no newer nowcast."""
    return f"nowcast:region:{region_id}:trouble"


def unordered(region_id: str) -> str:
    """Flag: a region's nowcast could not be ordered yet, for a reason that passes."""
    return f"nowcast:region:{region_id}:unordered"


def pulled(region_id: str) -> str:
    """How a region's last pull went, as JSON."""
    return f"nowcast:region:{region_id}:pulled"


def pulling(region_id: str) -> str:
    """Lock: somebody is pulling the region."""
    return f"nowcast:region:{region_id}:pulling"


def remembered(region_id: str, key: str) -> str:
    """What a region's source wants to know the next time."""
    return f"nowcast:region:{region_id}:source:{key}"


def unverified(region_id: str) -> str:
    """Hash: times whose frame came, or of which more was said, since they were verified; how often that happened."""
    return f"nowcast:region:{region_id}:unverified"


def awaited(region_id: str) -> str:
    """Sorted set of the jobs whose nowcasts are to be verified, by the revision they were ordered from."""
    return f"nowcast:region:{region_id}:awaited"


def verifying(region_id: str) -> str:
    """Lock: somebody is verifying the region."""
    return f"nowcast:region:{region_id}:verifying"


def closed(region_id: str) -> str:
    """The time up to which a region's counts are final."""
    return f"nowcast:region:{region_id}:closed"


def series(region_id: str) -> str:
    """Set: what of a region has a skill record, as JSON of protocol, method and version."""
    return f"nowcast:region:{region_id}:series"


def skill(region_id: str, name: str) -> list[str]:
    """A series: hash of the tallies of single times that may still change, hash of those of whole days."""
    return [f"nowcast:region:{region_id}:skill:{name}:{part}" for part in ("times", "days")]


def compared(region_id: str, name: str) -> str:
    """A series: hash of the counts of single closed times of the last weeks."""
    return f"nowcast:region:{region_id}:skill:{name}:compared"


def damaged(region_id: str) -> str:
    """Hash: what did not decode of a region's verification, by the key and field it was set aside from."""
    return f"nowcast:region:{region_id}:damaged"


def promotions(region_id: str) -> str:
    """Stream: the methods a region was given by `nowcast promote`, and on what grounds."""
    return f"nowcast:region:{region_id}:promotions"


def verified(region_id: str, method: str) -> str:
    """Hash: what was ever counted of a method, for Prometheus; it only grows."""
    return f"nowcast:region:{region_id}:verified:{method}"


def alerts(region_id: str) -> list[str]:
    """Hashes by name: a region's alerts as JSON (configuration: no time to live), where each stands, its secret."""
    return [f"nowcast:region:{region_id}:alerts{part}" for part in ("", ":states", ":secrets")]


def alert(region_id: str, name: str) -> list[str]:
    """Lists: an alert's messages that wait, the oldest first; those that were given up, the newest first."""
    return [f"nowcast:region:{region_id}:alert:{name}:{part}" for part in ("waiting", "dead")]


def alert_counts(region_id: str) -> str:
    """Hash: what became of a region's alerts, by name and kind; it only grows."""
    return f"nowcast:region:{region_id}:alerts:counts"


def calibrations(region_id: str, grid: str, method: str, version: str) -> list[str]:
    """Of a version of a method on a grid: sorted set of its calibrations by when they begin, hash of each as JSON."""
    return [f"nowcast:region:{region_id}:calibration:{grid}:{method}:{version}:{part}" for part in ("times", "curves")]
