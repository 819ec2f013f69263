import numpy as np
import torch

from model.engine import Engine
from model.evaluate import one_by_one
from model.verification.foreseen import foreseen
from radar.chances import Chances, Outlook
from radar.frames import Frames
from radar.persistence import persistence
from radar.rain import decode, encode
from tests.model.samples import blob, card, frames, lively


def test_a_network_foresees_what_its_forward_says() -> None:
    """On the ground, the first T - 1 outputs of Nowcaster.forward are what a forecast after each frame would be."""
    network, past = lively("ms-convlstm"), frames(blob(4, 16, 16))
    said = foreseen(one_by_one(Engine(network, card(network={"model": "ms-convlstm", "width": 8}))), past)
    with torch.inference_mode():
        whole = network(torch.tensor(encode(past.rain), dtype=torch.float32)[None, :, None], 1)[0, :, 0].numpy()
    np.testing.assert_allclose(encode(said.frames.rain), np.where(decode(whole[:3]) < 0.05, 0, whole[:3]), atol=1e-3)
    assert said.frames.times == past.times[1:]


def test_persistence_foresees_the_frame_before() -> None:
    past = frames(blob(4, 16, 16))
    np.testing.assert_array_equal(foreseen(persistence, past).frames.rain, past.rain[:-1])


def test_chances_are_joined() -> None:
    def sure(past: Frames, horizon: int) -> Outlook:
        said = persistence(past, horizon)
        return Outlook(said, Chances((1.0,), np.full((1, *said.rain.shape), len(past) / 8), "test"))

    said = foreseen(sure, frames(blob(4, 16, 16)))
    assert said.chances is not None
    assert said.chances.values[0, :, 0, 0].tolist() == [1 / 8, 2 / 8, 3 / 8]
