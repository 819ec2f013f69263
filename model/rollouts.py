"""What is said at every step of a window, the known frames included, and how far it is off."""

import numpy as np
import torch
from numpy.typing import NDArray

from model.data.window import Window
from model.nowcaster import Nowcaster
from radar.pictures import Pictures, pictures


def rolled(network: Nowcaster, window: Window) -> NDArray[np.float32]:
    """The prediction of a network after every frame, (T of both - 1, C, Y, X)."""
    past = torch.from_numpy(window.past)[None].to(network.embed.weight.device)
    with torch.inference_mode():
        said = network.eval()(past, len(window.future))
    return np.asarray(said[0].cpu().numpy(), np.float32)


def held(window: Window) -> NDArray[np.float32]:
    """Persistence: each known frame until the next, then the last one."""
    return np.concatenate([window.past, np.repeat(window.past[-1:], len(window.future) - 1, axis=0)])


def step_sums(said: NDArray[np.float32], window: Window) -> Pictures:
    """The sums of what was said after every frame (T of both - 1, C, Y, X); those of the forecast come last."""
    return pictures(said, np.concatenate([window.past, window.future])[1:], window.mask[1:])
