"""Counts of verification as Prometheus has them: pixels by lead, threshold and kind, which only grow."""

import math
from dataclasses import dataclass, fields

from jobs.errors import DamagedBlob
from jobs.protocol import Protocol
from radar.scores import Counts
from radar.sums import Integers

KINDS = tuple(field.name for field in fields(Counts))
LONGEST_MINUTES, MOST_LEADS = 120.0, 24
"""Which leads are exported: up to two hours, and of many every so manieth, as each is a series per threshold."""


@dataclass(frozen=True)
class Counted:
    """One cell: `count` pixels of a kind at a lead and threshold (mm/h)."""

    lead_minutes: float
    threshold: float
    kind: str
    count: int

    @property
    def field(self) -> str:
        """Where it stands in its hash."""
        return f"{self.lead_minutes:g} {self.threshold:g} {self.kind}"

    @classmethod
    def of(cls, field: bytes, count: bytes) -> "Counted":
        """The inverse of `field`; DamagedBlob."""
        try:
            lead, threshold, kind = field.decode().split()
            return cls(float(lead), float(threshold), kind, int(count))
        except ValueError as error:
            raise DamagedBlob("A counter of verification is damaged.") from error


def cells(counts: Counts, fresh: Integers, protocol: Protocol) -> list[Counted]:
    """The counts at those exported leads that are fresh, (leads,) above 0, as cells that are not zero."""
    return [
        Counted(protocol.minutes(lead), threshold, kind, amount)
        for lead in exported(protocol)
        if fresh[lead - 1]
        for kind, table in zip(KINDS, counts.arrays, strict=True)
        for threshold, amount in zip(protocol.thresholds, table[lead - 1].tolist(), strict=True)
        if amount
    ]


def exported(protocol: Protocol) -> range:
    """The leads, counted from 1, that Prometheus is told of."""
    last = min(protocol.leads, math.floor(LONGEST_MINUTES / protocol.minutes(1)))
    step = max(1, math.ceil(last / MOST_LEADS))
    return range(step, last + 1, step)
