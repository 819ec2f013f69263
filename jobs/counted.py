"""Sums of verification as Prometheus has them: by lead, threshold and kind, which only grow."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from jobs.errors import DamagedBlob
from jobs.protocol import Protocol
from radar.fractions import SCALES
from radar.reliability import BINS
from radar.scores import Counts
from radar.sums import Integers
from radar.tally import Tally

KINDS = tuple(field.name for field in fields(Counts))
FRACTIONS = ("fss_apart", "fss_most")
CHANCES = ("chance_pixels", "chance_said", "chance_events")
SCALES_KM = (4.0, 16.0)
"""Of the scales of the fractions skill score, those that are exported: each is two series per lead and threshold."""
THOUSANDTHS = {*FRACTIONS, "chance_said"}
"""Kinds that are no whole numbers: kept in thousandths, as the store adds up integers without rounding."""
LONGEST_MINUTES, MOST_LEADS = 120.0, 24
"""Which leads are exported: up to two hours, and of many every so manieth, as each is a series per threshold."""


@dataclass(frozen=True)
class Counted:
    """One cell: `count` of a kind at a lead and threshold (mm/h).

    part: of fractions the scale in km, of chances the lower end of their bin. Chances are of all leads, with lead 0.
    """

    lead_minutes: float
    threshold: float
    kind: str
    count: int
    part: str = ""

    @property
    def field(self) -> str:
        """Where it stands in its hash."""
        return f"{self.lead_minutes:g} {self.threshold:g} {self.kind} {self.part}".rstrip()

    @property
    def amount(self) -> float:
        """What Prometheus is told."""
        return self.count / 1000 if self.kind in THOUSANDTHS else self.count

    @classmethod
    def of(cls, field: bytes, count: bytes) -> "Counted":
        """The inverse of `field`; DamagedBlob."""
        try:
            lead, threshold, kind, *part = field.decode().split()
            return cls(float(lead), float(threshold), kind, int(count), *part)
        except (ValueError, TypeError) as error:
            raise DamagedBlob("A counter of verification is damaged.") from error


def cells(tally: Tally, fresh: Integers, protocol: Protocol) -> list[Counted]:
    """The sums at those exported leads that are fresh, (leads,) above 0, as cells that are not zero."""
    leads = [lead for lead in exported(protocol) if fresh[lead - 1]]
    found = [*of_counts(tally, leads, protocol), *of_fractions(tally, leads, protocol)]
    return [one for one in (*found, *of_chances(tally, leads, protocol)) if one.count]


def of_counts(tally: Tally, leads: list[int], protocol: Protocol) -> Iterator[Counted]:
    """Pixels by what became of them."""
    for kind, table in zip(KINDS, tally.counts.arrays, strict=True):
        yield from by_lead(kind, table, leads, protocol)


def of_fractions(tally: Tally, leads: list[int], protocol: Protocol) -> Iterator[Counted]:
    """The two sums of the fractions skill score."""
    for scale in SCALES_KM:
        for kind, table in zip(FRACTIONS, (tally.fractions.apart, tally.fractions.most), strict=True):
            yield from by_lead(kind, thousandths(table[..., SCALES.index(scale)]), leads, protocol, f"{scale:g}")


def of_chances(tally: Tally, leads: list[int], protocol: Protocol) -> Iterator[Counted]:
    """The sums of the reliability diagram, over the leads."""
    sums, rows = tally.reliability, [lead - 1 for lead in leads]
    tables = (sums.pixels, thousandths(sums.said), sums.came)
    for kind, table in zip(CHANCES, tables, strict=True):
        for threshold, bins in zip(protocol.thresholds, table[rows].sum(axis=0).tolist(), strict=True):
            for at, count in enumerate(bins):
                yield Counted(0, threshold, kind, count, f"{at / BINS:g}")


def by_lead(
    kind: str, table: NDArray[np.int64], leads: list[int], protocol: Protocol, part: str = ""
) -> Iterator[Counted]:
    """A table (leads, thresholds) cell by cell."""
    for lead in leads:
        for threshold, count in zip(protocol.thresholds, table[lead - 1].tolist(), strict=True):
            yield Counted(protocol.minutes(lead), threshold, kind, count, part)


def thousandths(sums: NDArray[np.float64]) -> NDArray[np.int64]:
    """To the nearest thousandth: of sums over many pixels that is nothing."""
    return np.rint(sums * 1000).astype(np.int64)


def exported(protocol: Protocol) -> range:
    """The leads, counted from 1, that Prometheus is told of."""
    last = min(protocol.leads, math.floor(LONGEST_MINUTES / protocol.minutes(1)))
    step = max(1, math.ceil(last / MOST_LEADS))
    return range(step, last + 1, step)
