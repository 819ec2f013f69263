"""Which status each exception is answered with, when to come back, and what is said of those that are not ours."""

from redis.exceptions import ConnectionError as StoreAway
from redis.exceptions import OutOfMemoryError as StoreFull
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as StoreSlow
from starlette.requests import ClientDisconnect

from jobs.errors import (
    ArchiveAway,
    DamagedBlob,
    JobCancelled,
    JobExpired,
    JobFailed,
    KeyReused,
    NoFrames,
    NoNowcastYet,
    NotArchived,
    QueueFull,
    RegionBusy,
    SourceRefused,
    UnknownAlert,
    UnknownJob,
    UnknownRegion,
    UnknownReplay,
)
from radar.errors import BadFrames, BadInput, NowcastError, TooLarge, UnknownFormat, UnknownMethod
from service.errors import (
    BadHost,
    BadQuery,
    NoKey,
    NotAcceptable,
    NotFromHere,
    NotReady,
    NoWorkers,
    ScopeMissing,
    ShuttingDown,
    TooManyListeners,
    TooManyRequests,
    UnknownFrame,
    UnknownLead,
    UnknownTile,
    WrongKey,
)

GONE = 499
"""Nobody reads this one: it only tells our own metrics that the caller has hung up."""
STATUS: dict[type[Exception], int] = {
    BadHost: 400,
    BadQuery: 400,
    NoKey: 401,
    WrongKey: 401,
    ScopeMissing: 403,
    NotFromHere: 403,
    SourceRefused: 403,
    UnknownMethod: 404,
    UnknownRegion: 404,
    UnknownReplay: 404,
    UnknownAlert: 404,
    NoFrames: 404,
    NoNowcastYet: 404,
    NotArchived: 404,
    UnknownJob: 404,
    UnknownLead: 404,
    UnknownFrame: 404,
    UnknownTile: 404,
    NotAcceptable: 406,
    NotReady: 409,
    RegionBusy: 409,
    JobCancelled: 410,
    TooLarge: 413,
    UnknownFormat: 415,
    BadFrames: 422,
    BadInput: 422,
    KeyReused: 422,
    TooManyRequests: 429,
    ClientDisconnect: GONE,
    DamagedBlob: 500,
    JobFailed: 500,
    NowcastError: 500,
    QueueFull: 503,
    NoWorkers: 503,
    ShuttingDown: 503,
    TooManyListeners: 503,
    ArchiveAway: 503,
    StoreAway: 503,
    StoreSlow: 503,
    StoreFull: 503,
    JobExpired: 504,
}
KNOWN: tuple[type[Exception], ...] = (*STATUS, ResponseError)
RETRY_AFTER: dict[type[Exception], int] = {
    NotReady: 1,
    RegionBusy: 5,
    NoNowcastYet: 10,
    QueueFull: 5,
    NoWorkers: 5,
    ArchiveAway: 5,
    ShuttingDown: 5,
    TooManyListeners: 5,
    StoreAway: 5,
    StoreSlow: 5,
    StoreFull: 30,
}
"""Seconds after which it is worth to come back."""
FOREIGN: dict[type[Exception], tuple[str, str]] = {
    StoreAway: ("StoreAway", "The store of the service is away; come back in a few seconds."),
    StoreSlow: ("StoreSlow", "The store of the service does not answer; come back in a few seconds."),
    StoreFull: ("StoreFull", "The store of the service is full; come back later."),
    ClientDisconnect: ("Gone", "The caller has hung up."),
}
"""Name and sentence for exceptions that are not ours, whose text may tell what is nobody's business."""
