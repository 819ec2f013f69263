"""The only truth about a job: its record, its frames and its nowcast, in Redis by reference."""

from datetime import UTC, datetime
from typing import Any, cast

from pydantic import ValidationError
from redis import Redis

from jobs import keys
from jobs.blob import pack_nowcast, unpack_frames, unpack_nowcast
from jobs.errors import DamagedBlob, JobExpired, JobFailed, KeyReused, UnknownJob
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


class Store:
    """Jobs, frames, nowcasts and cards. Every key has a time to live."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self.redis, self.settings = redis, settings
        self._forwards = redis.register_script(FORWARDS)
        self._leave = redis.register_script(LEAVE)

    def add(self, job: Job, frames: bytes) -> None:
        """A new job and the blob of its frames."""
        life = int(self.settings.deadline_seconds) + self.settings.result_seconds
        record: dict[Any, Any] = job.model_dump(mode="json", exclude_none=True)
        pipe = self.redis.pipeline()
        pipe.set(keys.frames(job.id), frames, ex=life)
        pipe.hset(keys.job(job.id), mapping=record)
        pipe.expire(keys.job(job.id), life)
        pipe.execute()

    def job(self, job_id: str) -> Job:
        """The job as it stands, or UnknownJob."""
        record = cast("dict[bytes, bytes]", self.redis.hgetall(keys.job(job_id)))
        if not record:
            raise UnknownJob(f"There is no job {job_id}; results are kept for {self.settings.result_seconds} s.")
        try:
            return Job.model_validate({key.decode(): value.decode() for key, value in record.items()})
        except (ValidationError, UnicodeDecodeError) as error:
            raise DamagedBlob(f"The record of job {job_id} is damaged.") from error

    def frames(self, job: Job) -> Frames:
        """The frames a job starts from."""
        return unpack_frames(self._blob(keys.frames(job.id), job))

    def nowcast(self, job: Job) -> Nowcast:
        """The nowcast of a job; JobFailed or JobExpired with the reason when it ended without one."""
        if job.status is Status.EXPIRED:
            raise JobExpired(job.reason or "The job's deadline passed.")
        if job.status is not Status.DONE:
            raise JobFailed(job.reason or f"The job is {job.status}.")
        return unpack_nowcast(self._blob(keys.nowcast(job.id), job))

    def _blob(self, key: str, job: Job) -> bytes:
        blob = cast("bytes | None", self.redis.get(key))
        if blob is None:
            raise UnknownJob(f"What belongs to job {job.id} is no longer kept.")
        return blob

    def start(self, job: Job) -> bool:
        """Mark a job as running; False when it has ended meanwhile."""
        return self._move(job, status=Status.RUNNING)

    def finish(self, job: Job, nowcast: Nowcast) -> bool:
        """Keep the nowcast of a job and tell who waits; False when the job had ended before."""
        self.redis.set(keys.nowcast(job.id), pack_nowcast(nowcast), ex=self.settings.result_seconds, nx=True)
        moved = self.end(job, Status.DONE)
        if moved and nowcast.fallback_reason:  # what failed once may work the next time: do not answer others with it
            self.redis.delete(keys.flight(job.digest))
        return moved

    def end(self, job: Job, status: Status, reason: str = "") -> bool:
        """End a job and tell who waits; False when it had ended before."""
        moved = self._move(job, status=status, reason=reason, finished=datetime.now(UTC).isoformat())
        if moved:
            pipe = self.redis.pipeline()
            pipe.expire(keys.job(job.id), self.settings.result_seconds)
            pipe.delete(keys.frames(job.id))
            if status is not Status.DONE:
                self._leave(keys=[keys.flight(job.digest)], args=[job.id], client=pipe)
            pipe.publish(keys.NOTICES, job.id)
            pipe.execute()
        return moved

    def _move(self, job: Job, **fields: str) -> bool:
        flat = [part for pair in fields.items() for part in pair]
        return bool(self._forwards(keys=[keys.job(job.id)], args=flat))

    def board(self, job: Job) -> str:
        """The id of the job that answers this content: this one, or one that was there before."""
        life = int(self.settings.deadline_seconds) + self.settings.result_seconds
        key = keys.flight(job.digest)
        if self.redis.set(key, job.id, ex=life, nx=True):
            return job.id
        other = cast("bytes | None", self.redis.get(key))
        if other and self.redis.exists(keys.job(other.decode())):
            return other.decode()
        self.redis.set(key, job.id, ex=life)
        return job.id

    def claim_key(self, key: str, job: Job) -> str | None:
        """The job id an Idempotency-Key stands for, None when it is new; KeyReused when its content differs."""
        value = f"{job.digest}:{job.id}"
        life = int(self.settings.deadline_seconds) + self.settings.result_seconds
        before = cast("bytes | None", self.redis.set(keys.idempotency(key), value, ex=life, nx=True, get=True))
        if before is None:
            return None
        content, _, job_id = before.decode().partition(":")
        if content != job.digest:
            raise KeyReused("This Idempotency-Key came before with another request.")
        return job_id

    def publish_cards(self, cards: list[Card], seconds: int) -> None:
        """Tell the gateway which methods there are."""
        mapping: dict[Any, Any] = {card.method: card.model_dump_json() for card in cards}
        self.redis.hset(keys.CARDS, mapping=mapping)
        self.redis.expire(keys.CARDS, seconds)

    def cards(self) -> dict[str, Card]:
        """Every method that a worker has loaded, with its card."""
        found = cast("dict[bytes, bytes]", self.redis.hgetall(keys.CARDS))
        try:
            return {name.decode(): Card.model_validate_json(card) for name, card in sorted(found.items())}
        except ValidationError as error:
            raise DamagedBlob("A card in the store is damaged.") from error

    def beat(self, worker: str, seconds: int) -> None:
        """A warm worker's sign of life."""
        self.redis.set(keys.worker(worker), "warm", ex=seconds)

    def warm_workers(self) -> int:
        """How many workers are warm."""
        return sum(1 for _ in self.redis.scan_iter(keys.worker("*"), count=1000))
