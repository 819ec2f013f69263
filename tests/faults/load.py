"""Callers who go on ordering nowcasts whatever happens, and remember what they were told."""

import hashlib
import random
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from types import TracebackType
from typing import Any

import httpx

from radar.formats import netcdf
from radar.synthetic import storm
from tests.processes import Served

NETCDF = "application/x-netcdf"
PROBLEM = "application/problem+json"
BODIES = [netcdf.write(storm(shape=(24, 24), frames=4, seed=seed)) for seed in range(4)]
UNTIL_ANSWERED = 400.0


@dataclass
class Ledger:
    """What all callers were told. jobs: the ids they were given; answers: id to digests of the nowcasts they got.

    outcomes: how many requests were answered how; one whose connection was cut is sent again under the same key.
    ended: how their jobs did.
    """

    jobs: set[str] = field(default_factory=set)
    answers: dict[str, set[str]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    unclear: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def note(self, outcome: str) -> None:
        """One more request or try that ended this way."""
        with self.lock:
            self.outcomes[outcome] += 1

    def accept(self, key: str, job: str, before: str | None) -> None:
        """A caller was told an id; the same key must not have got another before."""
        with self.lock:
            self.jobs.add(job)
            if before not in (None, job):
                self.unclear.append(f"key {key} stood for job {before} and then for {job}")

    def end(self, job: str, how: str, nowcast: bytes) -> None:
        """A caller saw how a job ended, and the nowcast of one that is done."""
        with self.lock:
            self.ended[how] += 1
            if nowcast:
                self.answers.setdefault(job, set()).add(digest(nowcast))


def digest(answer: bytes) -> str:
    """Of what a nowcast says: the bytes of its file may differ, as its weak ETag has it."""
    found = netcdf.read_nowcast(answer)
    chances = found.chances and (found.chances.thresholds, found.chances.made_by)
    said = (found.method, found.version, found.asked_for, found.frames.times, found.input_times, chances)
    codes = found.chances.codes.tobytes() if found.chances else b""
    return hashlib.sha256(repr(said).encode() + found.frames.rain.tobytes() + codes).hexdigest()


class Load:
    """Some callers at once, for as long as the block lasts; each request is another one."""

    def __init__(self, service: Served, callers: int, seed: int, methods: tuple[str, ...] = ("persistence",)) -> None:
        self.service, self.callers, self.seed, self.methods = service, callers, seed, methods
        self.ledger, self.over = Ledger(), Event()
        self.pool = ThreadPoolExecutor(callers)
        self.done: list[Future[None]] = []

    def __enter__(self) -> Ledger:
        self.done = [self.pool.submit(self.call, caller) for caller in range(self.callers)]
        return self.ledger

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        self.over.set()
        self.pool.shutdown()
        if kind is None:
            for one in self.done:
                one.result()

    def call(self, caller: int) -> None:
        """One caller's requests, one after the other."""
        chance, number = random.Random(f"{self.seed} {caller}"), 0
        with httpx.Client(base_url=self.service.url, timeout=120) as client:
            while not self.over.is_set():
                number += 1
                self.ask(client, f"{self.seed}-{caller}-{number}", chance)
                time.sleep(chance.uniform(0, 0.1))

    def ask(self, client: httpx.Client, key: str, chance: random.Random) -> None:
        """One request, tried until it is answered: by a job, a nowcast or a clear refusal."""
        query = {"horizon": str(chance.randrange(1, 25)), "method": chance.choice(self.methods)}
        wish = {"Prefer": "respond-async"} if chance.random() < 0.5 else {"Prefer": "wait=30"}
        headers = {"Content-Type": NETCDF, "Idempotency-Key": key, **wish}
        body, before, until = chance.choice(BODIES), None, time.monotonic() + UNTIL_ANSWERED
        while time.monotonic() < until:
            try:
                answer = client.post("/nowcast", params=query, content=body, headers=headers)
            except httpx.TransportError:
                self.ledger.note("cut off, tried again")
                time.sleep(0.2)
                continue
            if told := job_in(answer):
                self.ledger.accept(key, told, before)
                self.ledger.note(f"{answer.status_code}")
                return self.ledger.end(told, *outcome(client, told, until + UNTIL_ANSWERED))
            if not self.refused(answer):
                return None
            time.sleep(0.5)
        return self.ledger.unclear.append(f"request {key} was never answered")

    def refused(self, answer: httpx.Response) -> bool:
        """Note a refusal; True when it is one that asks to come back."""
        named = f"{answer.status_code} {answer.text[:200]}"
        if answer.headers.get("content-type") != PROBLEM or "retry-after" not in answer.headers:
            self.ledger.unclear.append(named)
            return False
        self.ledger.note(f"503 {answer.json()['type'].rpartition('/')[2]}, tried again")
        return answer.status_code == 503


def job_in(answer: httpx.Response) -> str | None:
    """The id of the job that an answer speaks of, if it is no refusal."""
    if answer.headers.get("content-type") == PROBLEM:
        return None
    said: dict[str, Any] = answer.json()
    return str(said["id"])


def settle(service: Served, ledger: Ledger, seconds: float = 400) -> Counter[str]:
    """How every job stands after all is over; the nowcasts are fetched once more and noted."""
    stands: Counter[str] = Counter()
    until = time.monotonic() + seconds
    with httpx.Client(base_url=service.url, timeout=120) as client:
        for job in sorted(ledger.jobs):
            how, nowcast = outcome(client, job, until)
            stands[how] += 1
            ledger.end(job, how, nowcast)
    return stands


def outcome(client: httpx.Client, job: str, until: float) -> tuple[str, bytes]:
    """How a job ended, lost when nobody knows it and stuck when it does not end, and its nowcast."""
    while time.monotonic() < until:
        answer = fetched(client, f"/nowcasts/{job}", until)
        if answer.status_code == 404:
            return "lost", b""
        status = str(answer.json()["status"])
        if status == "done":
            return status, fetched(client, f"/nowcasts/{job}.nc", until).raise_for_status().content
        if status not in ("queued", "running"):
            return status, b""
        time.sleep(0.2)
    return "stuck", b""


def fetched(client: httpx.Client, path: str, until: float) -> httpx.Response:
    """An answer that is no refusal to try again."""
    while True:
        try:
            answer = client.get(path)
            if answer.status_code != 503 or time.monotonic() > until:
                return answer
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
        time.sleep(0.3)
