"""The frame that moves with the rain (Lagrangian): a steady storm stands still in it, all change is growth or decay.

Frames are carried along one steady motion (2, Y, X) in pixels per frame, as the extrapolation does. A network that
works in this frame has no motion to learn (Ritvanen et al. 2023, L-CNN).
"""

from dataclasses import dataclass

import numpy as np

from radar.extrapolation import Floats, carried, trajectories, velocity
from radar.frames import Rain


@dataclass(frozen=True, eq=False)
class Moving:
    """A view of rain (T, Y, X) in mm/h that goes along with a motion; NaN where what is seen came from nowhere."""

    motion: Floats

    @classmethod
    def along(cls, past: Rain) -> "Moving":
        """The view that goes along with the rain of the past."""
        return cls(velocity(past))

    def enter(self, past: Rain) -> Rain:
        """The past, each frame carried to where its rain is at the time of the last one."""
        *earlier, now = past
        steps = trajectories(self.motion, len(earlier))
        moved = [carried(rain, places) for rain, places in zip(reversed(earlier), steps, strict=True)]
        return np.stack([*reversed(moved), now])

    def leave(self, future: Rain) -> Rain:
        """The future as the view has it, the n-th frame carried n steps along to where its rain will be."""
        steps = trajectories(self.motion, len(future))
        return np.stack([carried(rain, places) for rain, places in zip(future, steps, strict=True)])

    def enter_future(self, future: Rain) -> Rain:
        """The true future as the view would have it: what a network that works in it should say."""
        return Moving(-self.motion).leave(future)


class Still:
    """The view of one who stands on the ground."""

    def enter(self, past: Rain) -> Rain:
        """The past as it is."""
        return past

    def leave(self, future: Rain) -> Rain:
        """The future as it is."""
        return future
