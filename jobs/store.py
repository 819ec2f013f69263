"""The only truth about a job: its record, its frames and its nowcast, in Redis by reference."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

from pydantic import ValidationError
from redis import Redis
from redis.client import Pipeline

from jobs import keys
from jobs.blob import HEAD_BYTES, nowcast_end, pack_nowcast, unpack_frames, unpack_nowcast
from jobs.errors import DamagedBlob, JobCancelled, JobExpired, JobFailed, KeyReused, UnknownJob
from jobs.job import Job, Status
from jobs.scripts import CONTENTS, END, FORGO, JOIN, LEAVE, START
from jobs.settings import Settings
from radar.card import Card
from radar.frames import Frames
from radar.nowcast import Nowcast


def nothing(_: Pipeline) -> None:
    """What goes along with a trip when nothing does."""


class Store:
    """Jobs, frames, nowcasts and cards. Every key has a time to live."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self.redis, self.settings = redis, settings
        self._end = redis.register_script(END)
        self._leave = redis.register_script(LEAVE)
        self._join = redis.register_script(JOIN)
        self._forgo = redis.register_script(FORGO)
        self._contents = redis.register_script(CONTENTS)
        self._cards: tuple[frozenset[bytes], dict[str, Card]] = frozenset(), {}

    def add(self, job: Job, frames: bytes) -> bool:
        """A new job, with one caller, and the blob of its frames; True when it is the first of its content."""
        record: dict[Any, Any] = job.model_dump(mode="json", exclude_none=True)
        pipe = self.redis.pipeline()
        pipe.set(keys.frames(job.id), frames, ex=self._life)
        pipe.set(keys.callers(job.id), 1, ex=self._life)
        pipe.hset(keys.job(job.id), mapping=record)
        pipe.expire(keys.job(job.id), self._life)
        pipe.set(keys.flight(job.digest), job.id, ex=self._life, nx=True)
        return bool(pipe.execute()[-1])

    @property
    def _life(self) -> int:
        return int(self.settings.deadline_seconds) + self.settings.result_seconds

    def job(self, job_id: str) -> Job:
        """The job as it stands, or UnknownJob."""
        return self._known(job_id, self.redis.hgetall(keys.job(job_id)))

    def _known(self, job_id: str, record: Any) -> Job:
        """The job of a record, or UnknownJob."""
        if not record:
            raise self.unknown(job_id)
        return Job.of_record(job_id, record)

    def unknown(self, job_id: str) -> UnknownJob:
        """What is said of a job that is not there, or not the caller's."""
        return UnknownJob(f"There is no job {job_id[:64]}; results are kept for {self.settings.result_seconds} s.")

    def owner(self, job_id: str) -> str:
        """The API key that ordered a job; empty when none had to."""
        return (cast("bytes | None", self.redis.hget(keys.job(job_id), "owner")) or b"").decode()

    def start(self, job_id: str) -> tuple[Job, Callable[[], Frames]]:
        """The job, which runs from now on unless it has ended, and what unpacks its frames; or UnknownJob. One trip."""
        pipe = self.redis.pipeline(transaction=False)
        pipe.eval(START, 1, keys.job(job_id))
        pipe.get(keys.frames(job_id))
        record, blob = pipe.execute()
        job = self._known(job_id, dict(zip(record[::2], record[1::2], strict=True)))
        return job, lambda: unpack_frames(self._there(blob, job))

    def outcome(self, job_id: str) -> tuple[Job, bytes]:
        """The job as it stands and the beginning of its nowcast, if it is there, in one trip; or UnknownJob."""
        pipe = self.redis.pipeline(transaction=False)
        pipe.hgetall(keys.job(job_id))
        pipe.getrange(keys.nowcast(job_id), 0, HEAD_BYTES - 1)
        record, head = pipe.execute()
        return self._known(job_id, record), head

    def nowcast(self, job: Job, *, chances: bool = True, head: bytes = b"") -> Nowcast:
        """The nowcast of a job, its chances if wanted; JobFailed or a kind of it with the reason when there is none.

        head: the beginning of it, where that is here already.
        """
        if job.status is not Status.DONE:
            kind = {Status.EXPIRED: JobExpired, Status.CANCELLED: JobCancelled}.get(job.status, JobFailed)
            raise kind(job.reason or f"The job is {job.status}.")
        head = head or self._blob(keys.nowcast(job.id), job, 0, HEAD_BYTES)
        end = nowcast_end(head, chances=chances)
        rest = self._blob(keys.nowcast(job.id), job, len(head), end) if end > len(head) else b""
        return unpack_nowcast(head[:end] + rest, chances=chances)

    def _blob(self, key: str, job: Job, begin: int, end: int) -> bytes:
        """Bytes of what belongs to a job, from `begin` until before `end`."""
        return self._there(self.redis.getrange(key, begin, end - 1), job)

    def _there(self, blob: Any, job: Job) -> bytes:
        """A blob that belongs to a job, or UnknownJob."""
        if not blob:
            raise UnknownJob(f"What belongs to job {job.id} is no longer kept.")
        return cast(bytes, blob)

    def finish(
        self,
        job: Job,
        nowcast: Nowcast,
        engine_seconds: float | None = None,
        *,
        also: Callable[[Pipeline], object] = nothing,
    ) -> bool:
        """Keep the nowcast of a job and tell who waits; False when the job had ended before.

        also: what goes along. All of it is one trip and one transaction.
        """
        took = {} if engine_seconds is None else {"engine_seconds": f"{engine_seconds:.6f}"}
        again = bool(nowcast.fallback_reason)  # what failed once may work the next time: do not answer others with it
        named, said = self._ending(job, Status.DONE, again, **took)
        pipe = self.redis.pipeline()
        pipe.set(keys.nowcast(job.id), pack_nowcast(nowcast), ex=self.settings.result_seconds, nx=True)
        pipe.eval(END, len(named), *named, *said)  # a registered script would ask first whether the server knows it
        also(pipe)
        return bool(pipe.execute()[1])

    def end(self, job: Job, status: Status, reason: str = "") -> bool:
        """End a job without a nowcast and tell who waits; False when it had ended before."""
        named, said = self._ending(job, status, leave=True, reason=reason)
        return bool(self._end(keys=named, args=said))

    def forgo(self, job: Job, reason: str) -> bool:
        """One caller less: the last one cancels the job, or removes its nowcast; False while others want it."""
        named, said = self._ending(job, Status.CANCELLED, leave=True, reason=reason)
        return bool(self._forgo(keys=named, args=said))

    def _ending(self, job: Job, status: Status, leave: bool, **more: str) -> tuple[list[str], list[str]]:
        """The keys and arguments of the scripts that end a job."""
        of_job = (keys.job, keys.callers, keys.frames)
        named = [*(key(job.id) for key in of_job), keys.flight(job.digest), keys.nowcast(job.id)]
        fields = flat(status=status, finished=datetime.now(UTC).isoformat(), **more)
        life = str(self.settings.result_seconds)
        return named, [job.id, life, keys.NOTICES, "leave" if leave else "stay", *fields]

    def _answers(self, job_id: str, callers: int) -> bool:
        named = [keys.job(job_id), keys.nowcast(job_id), keys.callers(job_id)]
        return bool(self._join(keys=named, args=[self.settings.result_seconds, callers]))

    def board(self, job: Job) -> str:
        """The id of the job that answers this content: this one, or one from before, which has a caller more now."""
        key = keys.flight(job.digest)
        while not self.redis.set(key, job.id, ex=self._life, nx=True):
            other = cast("bytes | None", self.redis.get(key)) or b""
            if other.decode() == job.id or self._answers(other.decode(), callers=1):
                return other.decode()
            self._leave(keys=[key], args=[other])
        return job.id

    def claim_key(self, key: str, job: Job) -> str | None:
        """The job id an Idempotency-Key stands for, None when it is new; KeyReused when its content differs."""
        named = keys.idempotency(job.owner, key)
        while not self.redis.set(named, f"{job.digest}:{job.id}", ex=self._life, nx=True):
            if known := self.recall(key, job):
                return known
        return None

    def recall(self, key: str, job: Job) -> str | None:
        """As claim_key, which claims it too; a key whose job is gone or ended without a nowcast is new again."""
        named = keys.idempotency(job.owner, key)
        before = cast("bytes | None", self.redis.get(named)) or b""
        content, _, job_id = before.decode().partition(":")
        if not self._answers(job_id, callers=0):
            self._leave(keys=[named], args=[before])
            return None
        if content != job.digest:
            raise KeyReused("This Idempotency-Key came before with another request.")
        return job_id

    def publish_cards(self, cards: list[Card], seconds: int) -> None:
        """Tell the gateway which methods there are."""
        pipe = self.redis.pipeline()
        for card in cards:
            text = card.model_dump_json()
            pipe.hset(keys.METHODS, card.method, sha256(text.encode()).hexdigest())
            pipe.set(keys.card(card.method), text, ex=seconds)
        pipe.expire(keys.METHODS, seconds)
        pipe.execute()

    def cards(self) -> dict[str, Card]:
        """Every method that a worker has loaded, with its card."""
        now = frozenset(cast("list[bytes]", self._contents(keys=[keys.METHODS], args=[keys.card("")])))
        if now != self._cards[0]:
            self._cards = now, self._read_cards()
        return self._cards[1]

    def _read_cards(self) -> dict[str, Card]:
        names = sorted(name.decode() for name in cast("list[bytes]", self.redis.hkeys(keys.METHODS)))
        found = cast("list[bytes | None]", self.redis.mget(map(keys.card, names)) if names else [])
        try:
            cards = [Card.model_validate_json(card) for card in found if card is not None]
        except ValidationError as error:
            raise DamagedBlob("A card in the store is damaged.") from error
        return {card.method: card for card in cards}


def flat(**fields: str) -> list[str]:
    """Fields as a script takes them."""
    return [part for pair in fields.items() for part in pair]
