"""The client, blocking and asynchronous: each operation is one flow, which the twins differ in running."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from nowcast import orders, regions, watching
from nowcast.exchange import Flow, Limits, Resource
from nowcast.heard import Event
from nowcast.orders import Ordered, Told
from nowcast.regions import Named
from nowcast.transport import Awaiting, Blocking

P = ParamSpec("P")
S = TypeVar("S", bound=Resource[Any])
T = TypeVar("T")
U = TypeVar("U")


def blocking(flow: Callable[Concatenate[S, P], Flow[T]]) -> Callable[Concatenate[S, P], T]:
    """A flow as a method that returns its result."""

    @wraps(flow)
    def method(self: S, /, *args: P.args, **named: P.kwargs) -> T:
        result: T = self.transport.run(flow(self, *args, **named))
        return result

    return method


def waiting(flow: Callable[Concatenate[S, P], Flow[T]]) -> Callable[Concatenate[S, P], Awaitable[T]]:
    """A flow as a method to await."""

    @wraps(flow)
    async def method(self: S, /, *args: P.args, **named: P.kwargs) -> T:
        result: T = await self.transport.run(flow(self, *args, **named))
        return result

    return method


def then(flow: Callable[Concatenate[S, P], Flow[T]], make: Callable[[S, T], U]) -> Callable[Concatenate[S, P], Flow[U]]:
    """A flow whose result something is made of, with what was asked for it."""

    @wraps(flow)
    def longer(self: S, /, *args: P.args, **named: P.kwargs) -> Flow[U]:
        return make(self, (yield from flow(self, *args, **named)))

    return longer


class Nowcast(Told[Blocking]):
    """A nowcast: its `summary` is here, its rain is fetched when it is wanted."""

    dataset = blocking(orders.dataset)
    point = blocking(orders.point)
    accumulation = blocking(orders.accumulation)


class AsyncNowcast(Told[Awaiting]):
    """The same, to await."""

    dataset = waiting(orders.dataset)
    point = waiting(orders.point)
    accumulation = waiting(orders.accumulation)


class Job(Ordered[Blocking]):
    """A nowcast that was ordered."""

    status = blocking(orders.status)
    nowcast = blocking(then(orders.result, Nowcast.of))
    cancel = blocking(orders.cancel)

    def events(self) -> Iterator[Event]:
        """What happens to it, as it happens, until its end."""
        return self.transport.heard(f"{self.path}/events", self.limits.seconds)


class AsyncJob(Ordered[Awaiting]):
    """The same, to await."""

    status = waiting(orders.status)
    nowcast = waiting(then(orders.result, AsyncNowcast.of))
    cancel = waiting(orders.cancel)

    def events(self) -> AsyncIterator[Event]:
        """What happens to it, as it happens, until its end."""
        return self.transport.heard(f"{self.path}/events", self.limits.seconds)


class Region(Named[Blocking]):
    """A region of the service; that it exists is not asked."""

    put = blocking(regions.put)
    about = blocking(regions.about)
    delete = blocking(regions.delete)
    frames = blocking(regions.frames)
    push = blocking(regions.push)
    nowcast = blocking(then(regions.nowcast, Nowcast.of))
    point = blocking(orders.point)
    accumulation = blocking(orders.accumulation)
    skill = blocking(regions.skill)
    at = blocking(regions.at)
    observed = blocking(regions.observed)
    alerts = blocking(watching.alerts)
    alert = blocking(watching.alert)
    put_alert = blocking(watching.put_alert)
    delete_alert = blocking(watching.delete_alert)
    replay = blocking(watching.replay)
    replays = blocking(watching.replays)
    replayed = blocking(watching.replayed)
    end_replay = blocking(watching.end_replay)


class AsyncRegion(Named[Awaiting]):
    """The same, to await."""

    put = waiting(regions.put)
    about = waiting(regions.about)
    delete = waiting(regions.delete)
    frames = waiting(regions.frames)
    push = waiting(regions.push)
    nowcast = waiting(then(regions.nowcast, AsyncNowcast.of))
    point = waiting(orders.point)
    accumulation = waiting(orders.accumulation)
    skill = waiting(regions.skill)
    at = waiting(regions.at)
    observed = waiting(regions.observed)
    alerts = waiting(watching.alerts)
    alert = waiting(watching.alert)
    put_alert = waiting(watching.put_alert)
    delete_alert = waiting(watching.delete_alert)
    replay = waiting(watching.replay)
    replays = waiting(watching.replays)
    replayed = waiting(watching.replayed)
    end_replay = waiting(watching.end_replay)


class Client(Resource[Blocking]):
    """A service at an address, with the key given or in NOWCAST_API_KEY; close it, or use it in a `with` block.

    timeout: seconds an operation may take with all its tries; max_bytes: the most that is sent or taken at once.
    """

    def __init__(
        self, url: str, key: str | None = None, *, timeout: float = Limits.seconds, max_bytes: int = Limits.max_bytes
    ) -> None:
        super().__init__(Blocking(url, key, max_bytes), Limits(timeout, max_bytes))

    methods = blocking(regions.methods)
    nowcast = blocking(then(orders.nowcast, Nowcast.of))
    order = blocking(then(orders.order, Job.of))
    regions = blocking(regions.regions)

    def job(self, job_id: str) -> Job:
        """The job of this id or path, such as the one that frames sent to a region led to."""
        return Job.of(self, job_id)

    def region(self, region_id: str) -> Region:
        """The region of this id."""
        return Region.of(self, region_id)

    def close(self) -> None:
        """Close its connections."""
        self.transport.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(Resource[Awaiting]):
    """The same, to await, in an `async with` block."""

    def __init__(
        self, url: str, key: str | None = None, *, timeout: float = Limits.seconds, max_bytes: int = Limits.max_bytes
    ) -> None:
        super().__init__(Awaiting(url, key, max_bytes), Limits(timeout, max_bytes))

    methods = waiting(regions.methods)
    nowcast = waiting(then(orders.nowcast, AsyncNowcast.of))
    order = waiting(then(orders.order, AsyncJob.of))
    regions = waiting(regions.regions)

    def job(self, job_id: str) -> AsyncJob:
        """The job of this id or path, such as the one that frames sent to a region led to."""
        return AsyncJob.of(self, job_id)

    def region(self, region_id: str) -> AsyncRegion:
        """The region of this id."""
        return AsyncRegion.of(self, region_id)

    async def close(self) -> None:
        """Close its connections."""
        await self.transport.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
