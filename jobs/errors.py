"""What can go wrong between gateway and workers; each message is one sentence for the caller.

NowcastError
├── UnknownJob       no such job, or its time is up and it is forgotten
├── QueueFull        more waits than we take on
├── JobFailed        the job ended without a nowcast
│   ├── JobExpired   its deadline passed before it was computed
│   └── JobCancelled nobody wanted it any more
├── KeyReused        one Idempotency-Key with two bodies
├── UnknownRegion    no such region
├── UnknownReplay    no such replay, or no such event to replay
├── RegionBusy       somebody else is pulling it right now
├── NoFrames         a region whose history is empty
├── NoNowcastYet     a region that has none yet
├── NotArchived      a time of which no nowcast is kept
├── UnknownApiKey    no API key of this id
├── UnknownAlert     no such alert of a region
├── NotFavoured      a method that was not shown to be better than the one it should replace
├── ArchiveAway      the place of the archive does not answer
├── SourceRefused    a source that only an operator may name
└── DamagedBlob      bytes in the store that are not what we wrote
"""

from radar.errors import NowcastError


class UnknownJob(NowcastError):
    """A job id that the store does not know."""


class QueueFull(NowcastError):
    """Admission control: come back later."""


class JobFailed(NowcastError):
    """A job that ended without a nowcast."""


class JobExpired(JobFailed):
    """A job whose deadline passed before it was computed."""


class JobCancelled(JobFailed):
    """A job that nobody wanted any more."""


class KeyReused(NowcastError):
    """An Idempotency-Key that came before with another request."""


class UnknownRegion(NowcastError):
    """A region id that nobody has declared."""


class UnknownReplay(NowcastError):
    """A replay, or an event to be replayed, that there is not."""


class RegionBusy(NowcastError):
    """A region that another process is pulling right now."""


class NoFrames(NowcastError):
    """A region whose history is empty."""


class NoNowcastYet(NowcastError):
    """A region that has no nowcast yet, and why."""


class NotArchived(NowcastError):
    """A time of which no nowcast is kept."""


class UnknownApiKey(NowcastError):
    """An id that no API key has."""


class UnknownAlert(NowcastError):
    """A name that no alert of a region has."""


class NotFavoured(NowcastError):
    """A promotion that nothing measured speaks for."""


class ArchiveAway(NowcastError):
    """An archive whose place does not answer."""


class SourceRefused(NowcastError):
    """A source that came with a request: only an operator may say what the service fetches."""


class DamagedBlob(NowcastError):
    """Bytes in the store that do not decode."""
