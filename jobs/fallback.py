"""Why another method answers than the one that was asked for: a closed list, and the chain of those that answer."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from radar.card import Card
from radar.errors import Breach, OutsideCard
from radar.frames import Frames

CHAIN = ("extrapolation", "persistence")
"""What answers in the place of a method, the better one first."""


class Reason(StrEnum):
    """Every reason there is; answers, files and the counter `nowcast_fallbacks_total` have these words."""

    #: the method raised an error
    FAILED = "failed"
    #: it needed more memory than the worker may take
    MEMORY = "memory"
    #: it said something that is no number
    NOT_FINITE = "not_finite"
    #: its card does not allow how far apart the frames are
    CADENCE = "outside_card_cadence"
    #: nor how large their pixels are
    PIXEL_SIZE = "outside_card_pixel_size"
    #: nor how few there are
    TOO_FEW_FRAMES = "outside_card_too_few_frames"
    #: by its measured pace it would end after the job's deadline
    DEADLINE = "deadline"
    #: it was worse than extrapolation on the region's last hours
    LOW_SKILL = "low_skill"


BREACHES: dict[Breach, Reason] = {
    Breach.CADENCE: Reason.CADENCE,
    Breach.PIXEL_SIZE: Reason.PIXEL_SIZE,
    Breach.TOO_FEW_FRAMES: Reason.TOO_FEW_FRAMES,
}
"""What frames may break of a card, and the reason it becomes."""


def chain(cards: Mapping[str, Card], card: Card) -> list[Card]:
    """A method and what may answer in its place, of what is loaded; those of the chain answer for themselves."""
    return [card, *(cards[name] for name in CHAIN if name in cards and card.method not in CHAIN)]


def allowed(
    cards: Sequence[Card], frames_for: Callable[[Card], Frames], horizon: int
) -> tuple[Card, Frames, Reason | None]:
    """The first card that allows its frames, these, and why it is not the first of all.

    OutsideCard, as the first one says it, when none does, or for what no other method could mend.
    """
    refusal: OutsideCard | None = None
    for card in cards:
        frames = frames_for(card)
        try:
            card.check(frames, horizon)
        except OutsideCard as error:
            refusal = refusal or error
            if error.breach is None:
                break
        else:
            return card, frames, reason_of(refusal)
    raise refusal or ValueError("There is no card to check.")


def reason_of(refusal: OutsideCard | None) -> Reason | None:
    """The reason that a refusal becomes, if it is one that another method can mend."""
    return BREACHES[refusal.breach] if refusal and refusal.breach else None
