"""The two methods every other one is measured against, and falls back to."""

from collections.abc import Callable
from dataclasses import dataclass

from radar.card import Card
from radar.frames import Frames
from radar.persistence import persistence


@dataclass(frozen=True)
class Baseline:
    """A method without weights: its card and how it makes `horizon` frames out of past ones."""

    card: Card
    forecast: Callable[[Frames, int], Frames]


def extrapolation(past: Frames, horizon: int) -> Frames:
    """As radar.extrapolation, which alone needs OpenCV: a gateway reads these cards and has none."""
    from radar.extrapolation import extrapolation as forecast  # noqa: PLC0415

    return forecast(past, horizon)


BASELINES: dict[str, Baseline] = {
    "extrapolation": Baseline(
        Card(
            method="extrapolation",
            version="1",
            summary="The last frame carried along by the motion of the rain; it neither grows nor decays.",
            min_frames=2,
            max_frames=4,
            max_horizon=48,
        ),
        extrapolation,
    ),
    "persistence": Baseline(
        Card(
            method="persistence",
            version="1",
            summary="The last frame, unchanged.",
            min_frames=1,
            max_frames=2,  # one for the rain, two for the cadence
            max_horizon=48,
        ),
        persistence,
    ),
}
"""In the order in which an answer falls back to them."""
