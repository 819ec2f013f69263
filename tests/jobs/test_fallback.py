"""Which method answers where the card of another one ends, and why."""

import pytest

from jobs.fallback import BREACHES, Reason, allowed, chain
from radar.baselines import BASELINES
from radar.card import Card
from radar.errors import Breach, OutsideCard
from tests.regions import frames

NET = Card(method="net", version="1", summary="", min_frames=3, cadence_minutes=(10, 10), max_horizon=4)
CARDS = {"net": NET, **{name: BASELINES[name].card for name in ("extrapolation", "persistence")}}


def names(cards: list[Card]) -> list[str]:
    return [card.method for card in cards]


def test_every_breach_is_a_reason() -> None:
    assert set(BREACHES) == set(Breach)
    assert set(BREACHES.values()) <= set(Reason)


def test_the_chain_is_of_what_is_loaded_and_ends_with_itself() -> None:
    assert names(chain(CARDS, NET)) == ["net", "extrapolation", "persistence"]
    assert names(chain({"net": NET}, NET)) == ["net"]
    assert names(chain(CARDS, CARDS["extrapolation"])) == ["extrapolation"]


@pytest.mark.parametrize(
    ("steps", "method", "reason"),
    [
        ((4, 2, 0), "net", None),
        ((2, 1, 0), "extrapolation", Reason.CADENCE),
        ((2, 0), "extrapolation", Reason.TOO_FEW_FRAMES),
        ((0,), "persistence", Reason.TOO_FEW_FRAMES),
    ],
)
def test_the_first_card_that_allows_the_frames_answers(
    steps: tuple[int, ...], method: str, reason: Reason | None
) -> None:
    card, past, why = allowed(chain(CARDS, NET), lambda card: frames(*steps), 4)
    assert (card.method, len(past), why) == (method, len(steps), reason)


def test_pixels_too_coarse_are_a_reason() -> None:
    fine = NET.model_copy(update={"cadence_minutes": None, "pixel_km": (0.1, 0.5)})
    assert allowed(chain(CARDS, fine), lambda card: frames(2, 1, 0), 4)[2] is Reason.PIXEL_SIZE


def test_what_no_other_method_mends_is_refused_as_the_first_says_it() -> None:
    with pytest.raises(OutsideCard, match="net looks 1 to 4 frames ahead"):
        allowed(chain(CARDS, NET), lambda card: frames(4, 2, 0), 5)
    with pytest.raises(OutsideCard, match="net needs at least 3 frames"):
        allowed([NET], lambda card: frames(1, 0), 4)
