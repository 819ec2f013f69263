import contextlib
import io
import warnings

import numpy as np
import pytest

from model.verification import peers
from model.verification.peers import PEERS, PeerFailed, peer
from radar.errors import BadInput
from radar.frames import Frames
from radar.persistence import persistence
from radar.scores import count
from radar.synthetic import storm

EVERY = pytest.mark.parametrize("name", PEERS)


@pytest.fixture
def pysteps() -> None:
    """pysteps, which greets on import, and warns."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        pytest.importorskip("pysteps", reason="pip install 'nowcast[oracle]', which needs a C compiler")


def split(holes: bool = False) -> tuple[Frames, np.ndarray]:
    """Six frames of a storm and the six after; with holes, a corner was not observed."""
    whole = storm((64, 64), frames=12, seed=3, pixel_km=2)
    rain = whole.rain.copy()
    if holes:
        rain[:, :20, :20] = np.nan
    return Frames(rain[:6], whole.times[:6], whole.grid), rain[6:]


@pytest.mark.parametrize("name", sorted({*PEERS} - {"pysteps-steps-member"}))
@pytest.mark.usefixtures("pysteps")
def test_peers_beat_persistence(name: str) -> None:
    past, came = split()
    said = peer(name)(past, 6)
    ours, still = (count(forecast.rain, came, [1.0]).pooled().csi.item() for forecast in (said, persistence(past, 6)))
    assert ours > still
    assert said.times[0] - past.times[-1] == past.cadence


@pytest.mark.usefixtures("pysteps")
def test_a_member_of_steps_keeps_the_amount_of_rain_and_adds_noise() -> None:
    past, _ = split()
    member, mean = (np.nan_to_num(peer(name)(past, 6).rain) for name in ("pysteps-steps-member", "pysteps-sprog"))
    assert 0.5 < member[0].mean() / past.rain[-1].mean() < 2
    assert np.abs(np.diff(member[-1])).mean() > np.abs(np.diff(mean[-1])).mean()


@EVERY
@pytest.mark.usefixtures("pysteps")
def test_peers_take_what_was_not_observed(name: str) -> None:
    past, _ = split(holes=True)
    said = peer(name)(past, 3).rain
    assert np.isfinite(said[:, 30:50, 30:50]).all()
    assert np.nanmax(said) < 1.5 * np.nanmax(past.rain)


@EVERY
@pytest.mark.usefixtures("pysteps")
def test_dry_stays_dry(name: str) -> None:
    past, _ = split()
    dry = Frames(np.zeros_like(past.rain), past.times, past.grid)
    assert peer(name)(dry, 3).rain.max() == 0


@pytest.mark.usefixtures("pysteps")
def test_a_past_too_short_fails_in_one_sentence() -> None:
    past, _ = split()
    with pytest.raises(PeerFailed, match=r"pysteps says \w+: "):
        peer("pysteps-sprog")(past.last(1), 3)


@EVERY
def test_without_pysteps_it_is_asked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda _: None)
    with pytest.raises(BadInput, match=rf"{name} needs pysteps: pip install 'nowcast\[oracle\]'"):
        peer(name)
