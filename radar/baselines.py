"""The methods without weights: what every other one is measured against, and falls back to."""

from collections.abc import Callable
from dataclasses import dataclass

from radar.card import Card
from radar.chances import Outlook
from radar.frames import Frames
from radar.neighbourhood import with_chances
from radar.persistence import persistence


@dataclass(frozen=True)
class Baseline:
    """A method without weights: its card and how it makes `horizon` frames out of past ones.

    own_outlook: how it makes them with chances of its own; without it, chances are those of the neighbourhood.
    """

    card: Card
    forecast: Callable[[Frames, int], Frames]
    own_outlook: Callable[[Frames, int], Outlook] | None = None

    def outlook(self, past: Frames, horizon: int) -> Outlook:
        """The next `horizon` frames and their chances."""
        said = self.own_outlook(past, horizon) if self.own_outlook else Outlook(self.forecast(past, horizon))
        return with_chances(said, past.times[-1])


def extrapolation(past: Frames, horizon: int) -> Frames:
    """As radar.extrapolation, which alone needs OpenCV: a gateway reads these cards and has none."""
    from radar.extrapolation import extrapolation as forecast  # noqa: PLC0415

    return forecast(past, horizon)


def ensemble_mean(past: Frames, horizon: int) -> Frames:
    """As radar.ensemble, which stands on the extrapolation."""
    from radar.ensemble import ensemble_mean as forecast  # noqa: PLC0415

    return forecast(past, horizon)


def ensemble(past: Frames, horizon: int) -> Outlook:
    """As radar.ensemble, likewise."""
    from radar.ensemble import ensemble as outlook  # noqa: PLC0415

    return outlook(past, horizon)


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
    "ensemble": Baseline(
        Card(
            method="ensemble",
            version="1",
            summary="Twenty extrapolations that differ in motion and growth: their mean, and the chances they give.",
            min_frames=2,
            max_frames=4,
            max_horizon=48,
        ),
        ensemble_mean,
        ensemble,
    ),
}
