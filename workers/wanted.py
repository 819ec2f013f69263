"""The chances a caller wants: those of its thresholds, whoever can say them."""

from dataclasses import replace

from radar.chances import Chances
from radar.neighbourhood import neighbourhood
from radar.nowcast import Nowcast


def at_thresholds(nowcast: Nowcast, thresholds: tuple[float, ...] | None) -> Nowcast:
    """The nowcast with chances of these thresholds; None leaves it as it is.

    Its own where it has them all; else those of the neighbourhood, all of them, for chances of two origins would not
    fall from one threshold to the next.
    """
    if thresholds is None or (nowcast.chances is not None and nowcast.chances.thresholds == thresholds):
        return nowcast
    return replace(nowcast, chances=some(nowcast.chances, thresholds) or others(nowcast, thresholds))


def some(known: Chances | None, thresholds: tuple[float, ...]) -> Chances | None:
    """Those chances of a method that are wanted; None when one of them is not there."""
    if known is None or not set(thresholds) <= set(known.thresholds):
        return None
    rows = [known.thresholds.index(threshold) for threshold in thresholds]
    return Chances(thresholds, known.codes[rows], known.made_by)


def others(nowcast: Nowcast, thresholds: tuple[float, ...]) -> Chances | None:
    """Chances out of the rain of the nowcast; None for too many."""
    return neighbourhood(nowcast.frames, nowcast.reference_time, thresholds)
