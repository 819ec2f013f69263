"""Methods on trial, and promotion."""

import logging
from typing import Any

import pytest

from jobs import trial
from jobs.comparison import BLOCK, LEAST_BLOCKS, Comparison
from jobs.errors import NoFrames, NotFavoured, RegionBusy
from jobs.history import History
from jobs.region import Canary, Region
from jobs.regions import Regions
from jobs.skill import Skill
from jobs.store import Store
from jobs.trial import against, declared, promote, promotions
from radar.card import Card
from radar.errors import BadInput, UnknownMethod
from tests.jobs.verified import HERE, NET, PROTOCOL, RIVAL, verified
from tests.regions import frames, now

END = now()
TIMES = [END - at * BLOCK for at in range(LEAST_BLOCKS)][::-1]


def tried(store: Store, rival: bool, **plan: Any) -> Region:
    """A region whose rival was always right, or always wrong; its method was the other."""
    region = HERE.model_copy(update=plan)
    Regions(store.redis).put(region)
    store.publish_cards([Card(method=name, version="1", summary="") for name in ("net", "rival")], 3600)
    one = frames(0, last=END)
    History(store.redis).append(region, one.grid, [(one.times[0], one.rain[0])])
    verified(Skill(store.redis), RIVAL, TIMES, [rival] * len(TIMES))
    verified(Skill(store.redis), NET, TIMES, [not rival] * len(TIMES))
    return region


def test_a_better_method_is_promoted_and_the_old_one_stays_in_its_shadow(store: Store) -> None:
    tried(store, True, canary=Canary(method="rival", share=0.1))
    done = promote(store, "here", "rival")
    assert (done.before, done.method, done.forced) == ("net", "rival", False)
    region = Regions(store.redis).get("here")
    assert (region.method, region.shadow, region.canary) == ("rival", "net", None)
    assert promotions(store.redis, "here", 9) == [done]


def test_a_worse_one_is_refused_with_the_figures(store: Store) -> None:
    tried(store, False)
    with pytest.raises(NotFavoured, match=r"rival has a CSI of 0\.\d+ and net of 1\.000 on 8 frames in 8 blocks"):
        promote(store, "here", "rival")
    assert Regions(store.redis).get("here").method == "net"
    assert promotions(store.redis, "here", 9) == []


def test_force_does_it_and_says_so(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    tried(store, False)
    with caplog.at_level(logging.WARNING):
        assert promote(store, "here", "rival", force=True).forced
    assert "region here: forced to rival: rival has a CSI of" in caplog.text
    region = Regions(store.redis).get("here")
    assert (region.method, region.shadow) == ("rival", None)


def test_what_somebody_else_changes_meanwhile_is_not_undone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    region, compared = tried(store, True), trial.grounds

    def slow(*asked: Any) -> Comparison:
        Regions(store.redis).put(region.model_copy(update={"retention_hours": 48}))
        return compared(*asked)

    monkeypatch.setattr(trial, "grounds", slow)
    with pytest.raises(RegionBusy, match="Region here was changed meanwhile"):
        promote(store, "here", "rival")
    now_is = Regions(store.redis).get("here")
    assert (now_is.method, now_is.retention_hours) == ("net", 48)
    assert promotions(store.redis, "here", 9) == []


def test_what_is_not_there_is_a_sentence(store: Store) -> None:
    region = tried(store, True)
    with pytest.raises(UnknownMethod, match="No worker has loaded both magic and net; there are net, rival"):
        promote(store, "here", "magic", force=True)
    with pytest.raises(BadInput, match="has net already"):
        promote(store, "here", "net")
    History(store.redis).drop("here")
    with pytest.raises(NoFrames, match="no frames yet"):
        promote(store, "here", "rival")
    assert against(store, region, PROTOCOL, "net") is None


def test_a_region_of_a_file_is_known_as_such(store: Store) -> None:
    regions = Regions(store.redis)
    regions.declare([HERE])
    assert declared(store.redis, "here")
    assert not declared(store.redis, "there")
