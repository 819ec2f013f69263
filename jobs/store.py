"""The only truth about a job: its record, its frames and its nowcast, in Redis by reference."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

from pydantic import ValidationError
from redis import Redis

from jobs import keys
from jobs.blob import HEAD_BYTES, pack_nowcast, rain_end, unpack_frames, unpack_nowcast
from jobs.errors import DamagedBlob, JobCancelled, JobExpired, JobFailed, KeyReused, UnknownJob
from jobs.job import Job, Status
from jobs.settings import Settings
from radar.card import Card
from radar.frames import Frames
from radar.nowcast import Nowcast

FORWARDS = """
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'queued' and status ~= 'running' then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 1
"""
"""A job that has ended stays as it ended, whoever comes later with another answer."""
LEAVE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
"""A job that ended without a nowcast answers no more requests; the flight of another job stays."""
JOIN = """
local status = redis.call('HGET', KEYS[1], 'status')
local kept = status == 'done' and redis.call('EXISTS', KEYS[2]) == 1
if status ~= 'queued' and status ~= 'running' and not kept then return 0 end
for at = 1, 2 do  -- EXPIRE's own GT needs a newer Redis than we ask for
  if redis.call('TTL', KEYS[at]) < tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[at], ARGV[1]) end
end
redis.call('INCRBY', KEYS[3], ARGV[2])
redis.call('EXPIRE', KEYS[3], redis.call('TTL', KEYS[1]))
return 1
"""
"""A job that has or may yet have a nowcast answers more callers, and is kept for them as if it were new."""
FORGO = """
if redis.call('EXISTS', KEYS[3]) == 1 and redis.call('DECR', KEYS[3]) > 0 then return 'shared' end
local status = redis.call('HGET', KEYS[1], 'status')
if status == 'done' then redis.call('DEL', unpack(KEYS)) end
if status ~= 'queued' and status ~= 'running' then return 'ended' end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 'cancelled'
"""
"""The last caller takes the job along; one script, so that nobody joins a job that is just being cancelled."""


class Store:
    """Jobs, frames, nowcasts and cards. Every key has a time to live."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self.redis, self.settings = redis, settings
        self._forwards = redis.register_script(FORWARDS)
        self._leave = redis.register_script(LEAVE)
        self._join = redis.register_script(JOIN)
        self._forgo = redis.register_script(FORGO)

    def add(self, job: Job, frames: bytes) -> None:
        """A new job, with one caller, and the blob of its frames."""
        record: dict[Any, Any] = job.model_dump(mode="json", exclude_none=True)
        pipe = self.redis.pipeline()
        pipe.set(keys.frames(job.id), frames, ex=self._life)
        pipe.set(keys.callers(job.id), 1, ex=self._life)
        pipe.hset(keys.job(job.id), mapping=record)
        pipe.expire(keys.job(job.id), self._life)
        pipe.execute()

    @property
    def _life(self) -> int:
        return int(self.settings.deadline_seconds) + self.settings.result_seconds

    def job(self, job_id: str) -> Job:
        """The job as it stands, or UnknownJob."""
        record = cast("dict[bytes, bytes]", self.redis.hgetall(keys.job(job_id)))
        if not record:
            raise self.unknown(job_id)
        return Job.of_record(job_id, record)

    def unknown(self, job_id: str) -> UnknownJob:
        """What is said of a job that is not there, or not the caller's."""
        return UnknownJob(f"There is no job {job_id[:64]}; results are kept for {self.settings.result_seconds} s.")

    def owner(self, job_id: str) -> str:
        """The API key that ordered a job; empty when none had to."""
        return (cast("bytes | None", self.redis.hget(keys.job(job_id), "owner")) or b"").decode()

    def frames(self, job: Job) -> Frames:
        """The frames a job starts from."""
        return unpack_frames(self._blob(keys.frames(job.id), job))

    def nowcast(self, job: Job, *, chances: bool = True) -> Nowcast:
        """The nowcast of a job, its chances if wanted; JobFailed or a kind of it with the reason when there is none."""
        if job.status is not Status.DONE:
            kind = {Status.EXPIRED: JobExpired, Status.CANCELLED: JobCancelled}.get(job.status, JobFailed)
            raise kind(job.reason or f"The job is {job.status}.")
        key = keys.nowcast(job.id)
        end = None if chances else rain_end(self._blob(key, job, HEAD_BYTES))
        return unpack_nowcast(self._blob(key, job, end), chances=chances)

    def _blob(self, key: str, job: Job, end: int | None = None) -> bytes:
        """What belongs to a job, or the beginning of it."""
        blob = cast("bytes | None", self.redis.get(key) if end is None else self.redis.getrange(key, 0, end - 1))
        if not blob:
            raise UnknownJob(f"What belongs to job {job.id} is no longer kept.")
        return blob

    def start(self, job: Job) -> bool:
        """Mark a job as running; False when it has ended meanwhile."""
        return self._move(job, status=Status.RUNNING)

    def finish(self, job: Job, nowcast: Nowcast, engine_seconds: float | None = None) -> bool:
        """Keep the nowcast of a job and tell who waits; False when the job had ended before."""
        self.redis.set(keys.nowcast(job.id), pack_nowcast(nowcast), ex=self.settings.result_seconds, nx=True)
        moved = self.end(job, Status.DONE, engine_seconds=engine_seconds)
        if moved and nowcast.fallback_reason:  # what failed once may work the next time: do not answer others with it
            self._leave(keys=[keys.flight(job.digest)], args=[job.id])
        return moved

    def end(self, job: Job, status: Status, reason: str = "", *, engine_seconds: float | None = None) -> bool:
        """End a job and tell who waits; False when it had ended before."""
        took = {} if engine_seconds is None else {"engine_seconds": f"{engine_seconds:.6f}"}
        moved = self._move(job, status=status, reason=reason, finished=datetime.now(UTC).isoformat(), **took)
        if moved:
            self._close(job, status)
        return moved

    def _close(self, job: Job, status: Status) -> None:
        pipe = self.redis.pipeline()
        pipe.expire(keys.job(job.id), self.settings.result_seconds)
        pipe.expire(keys.callers(job.id), self.settings.result_seconds)
        pipe.delete(keys.frames(job.id))
        if status is not Status.DONE:
            self._leave(keys=[keys.flight(job.digest)], args=[job.id], client=pipe)
        pipe.publish(keys.NOTICES, job.id)
        pipe.execute()

    def forgo(self, job: Job, reason: str) -> bool:
        """One caller less: the last one cancels the job, or removes its nowcast; False while others want it."""
        named = [keys.job(job.id), keys.nowcast(job.id), keys.callers(job.id)]
        cancelled = flat(status=Status.CANCELLED, reason=reason, finished=datetime.now(UTC).isoformat())
        outcome = self._forgo(keys=named, args=cancelled)
        if outcome == b"cancelled":
            self._close(job, Status.CANCELLED)
        elif outcome == b"ended":
            self._leave(keys=[keys.flight(job.digest)], args=[job.id])
        return bool(outcome != b"shared")

    def _move(self, job: Job, **fields: str) -> bool:
        return bool(self._forwards(keys=[keys.job(job.id)], args=flat(**fields)))

    def _answers(self, job_id: str, callers: int) -> bool:
        named = [keys.job(job_id), keys.nowcast(job_id), keys.callers(job_id)]
        return bool(self._join(keys=named, args=[self.settings.result_seconds, callers]))

    def board(self, job: Job) -> str:
        """The id of the job that answers this content: this one, or one from before, which has a caller more now."""
        key = keys.flight(job.digest)
        while not self.redis.set(key, job.id, ex=self._life, nx=True):
            other = cast("bytes | None", self.redis.get(key)) or b""
            if self._answers(other.decode(), callers=1):
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
            pipe.sadd(keys.METHODS, card.method)
            pipe.set(keys.card(card.method), card.model_dump_json(), ex=seconds)
        pipe.expire(keys.METHODS, seconds)
        pipe.execute()

    def cards(self) -> dict[str, Card]:
        """Every method that a worker has loaded, with its card."""
        names = sorted(name.decode() for name in cast("set[bytes]", self.redis.smembers(keys.METHODS)))
        found = cast("list[bytes | None]", self.redis.mget(map(keys.card, names)) if names else [])
        try:
            cards = [card_of(card) for card in found if card is not None]
            return {card.method: card for card in cards}
        except ValidationError as error:
            raise DamagedBlob("A card in the store is damaged.") from error


@lru_cache(64)
def card_of(text: bytes) -> Card:
    """A card as a worker publishes it, again and again; every request asks for all of them."""
    return Card.model_validate_json(text)


def flat(**fields: str) -> list[str]:
    """Fields as a script takes them."""
    return [part for pair in fields.items() for part in pair]
