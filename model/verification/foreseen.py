"""How a method foresees the frames of the past, each from those before it: the other half of the reference's averages.

The authors' code averages a rollout over all in + out - 1 steps: the predictions made after each known frame but the
last, one step ahead and fed with true frames, and then the forecast. That is easier than a forecast; both are given.
"""

from dataclasses import replace

import numpy as np

from model.evaluate import Forecast, as_outlook
from radar.chances import Chances, Outlook
from radar.frames import Frames


def foreseen(forecast: Forecast, past: Frames) -> Outlook:
    """What a method says after each frame of the past but the last (T frames): the T - 1 frames that follow them.

    For a recurrent network that stands on the ground these are the first T - 1 outputs of Nowcaster.forward. In one
    that moves with the rain the motion is only that of the frames known until then.
    """
    steps = [as_outlook(forecast(earliest(past, count), 1)) for count in range(1, len(past))]
    rain = np.concatenate([step.frames.rain for step in steps])
    frames = replace(past, rain=rain, times=past.times[1:], interpolated=())
    return Outlook(frames, joined([step.chances for step in steps]))


def earliest(past: Frames, count: int) -> Frames:
    """The oldest `count` frames."""
    return replace(past, rain=past.rain[:count], times=past.times[:count], interpolated=())


def joined(chances: list[Chances | None]) -> Chances | None:
    """Chances that follow each other, or None where some are not known."""
    known = [one for one in chances if one is not None]
    if len(known) < len(chances):
        return None
    return Chances(known[0].thresholds, np.concatenate([one.codes for one in known], axis=1), known[0].made_by)
