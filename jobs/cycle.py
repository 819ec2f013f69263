"""Which methods run on a region's newest frames, each once, and which of them is served."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from jobs.comparison import below
from jobs.fallback import CHAIN, Reason
from jobs.history import seconds
from jobs.job import Priority
from jobs.protocol import Protocol
from jobs.recent import Recent
from jobs.region import Canary, Region
from jobs.skill import Series, Skill
from radar.card import Card
from radar.errors import UnknownMethod

YARDSTICKS = ("persistence", "extrapolation")
"""Methods that are run each time, so that there is always something to compare the skill of a nowcast with."""
BETTER = CHAIN[0]
"""What a method is held against, and what is served in its place while it is worse."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """A method's part: to answer in the place of one (`asked_for`, `reason`), or only to be measured."""

    card: Card
    priority: Priority = Priority.SCHEDULED
    asked_for: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class Cycle:
    """The methods of a region that are loaded, as the frames up to a time find them."""

    region: Region
    cards: Mapping[str, Card]
    method: Card
    skill: Skill

    @classmethod
    def of(cls, region: Region, default: str, cards: Mapping[str, Card], skill: Skill) -> "Cycle":
        """default: the method of a region that names none. UnknownMethod when no worker has it."""
        name = region.method or default
        if name not in cards:
            raise UnknownMethod(f"No worker has loaded {name}.")
        return cls(region, cards, cards[name], skill)

    @cached_property
    def loaded(self) -> list[Card]:
        """All that may have a part."""
        known = [self.method, *(self.cards[name] for name in YARDSTICKS if name in self.cards), *self._measured()]
        return list({card.method: card for card in known}.values())

    def served(self, recent: Recent) -> Part:
        """The region's method, unless it is a canary's turn, or extrapolation has been better."""
        asked, canary = self.method.method, self.region.canary
        trial = self.cards.get(canary.method) if canary and turn(self.region.id, canary, recent.times[-1]) else None
        if trial and trial.method != asked and not self._below(trial, recent):
            return Part(trial, asked_for=asked)
        if self._below(self.method, recent):
            return Part(self.cards[BETTER], asked_for=asked, reason=Reason.LOW_SKILL)
        return Part(self.method)

    def beside(self, served: str) -> list[Part]:
        """All the others: first the yardsticks, then what is only measured."""
        rest = [card for card in self.loaded if card.method != served]
        return [Part(card) for card in rest if card.method in YARDSTICKS] + [
            Part(card, Priority.SHADOW) for card in rest if card.method not in YARDSTICKS
        ]

    def _measured(self) -> list[Card]:
        """Canary and shadow, those that a worker has."""
        names = (self.region.canary and self.region.canary.method, self.region.shadow)
        return [card for name in names if name and (card := self._found(name))]

    def _found(self, name: str) -> Card | None:
        if name not in self.cards:
            log.warning("region %s: no worker has loaded %s, which is to be measured", self.region.id, name)
        return self.cards.get(name)

    def _below(self, card: Card, recent: Recent) -> bool:
        """True when the region's rule says that extrapolation is better; not known is not true."""
        better = self.cards.get(BETTER)
        if self.region.low_skill is None or better is None or card.method in CHAIN:
            return False
        protocol = Protocol.of(self.region, recent.grid).id
        one, two = (Series(protocol, made.method, made.version) for made in (card, better))
        return below(self.skill, self.region, one, two, recent.times[-1])


def turn(region_id: str, canary: Canary, time: datetime) -> bool:
    """True for the canary's share of times: always the same ones, so that a frame issued again changes nothing."""
    drawn = hashlib.sha256(f"{region_id} {canary.method} {seconds(time)}".encode()).digest()
    return int.from_bytes(drawn[:8]) < canary.share * 2**64
