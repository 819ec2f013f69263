"""Answers and what they fall back to."""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from jobs.fallback import CHAIN
from model.engine import EngineFailed
from radar.baselines import BASELINES
from radar.chances import Chances
from radar.errors import UnknownMethod
from tests.workers.storms import Fragile, frames
from workers import memory
from workers.answering import NoNowcast, answer
from workers.methods import Methods, Plain


def methods(fragile: Fragile) -> Methods:
    return {"fragile": fragile, **{name: Plain(baseline) for name, baseline in BASELINES.items()}}


def test_an_answer_says_who_made_it_of_what() -> None:
    past = frames()
    (nowcast,) = answer(methods(Fragile()), "fragile", [past], 3)
    assert (nowcast.method, nowcast.version, nowcast.asked_for) == ("fragile", "1", "fragile")
    assert nowcast.fallback_reason is None
    assert nowcast.input_times == past.times
    assert nowcast.leads == (5, 10, 15)


def test_a_method_says_its_own_chances() -> None:
    own = Chances((1.0,), np.full((1, 2, 6, 6), 0.25, np.float32), "network")
    (nowcast,) = answer(methods(Fragile(chances=own)), "fragile", [frames()], 2)
    assert nowcast.chances is own


def test_a_method_without_chances_gets_those_of_its_neighbourhood() -> None:
    (nowcast,) = answer(methods(Fragile()), "fragile", [frames(1.5)], 2)
    assert nowcast.chances is not None
    assert nowcast.chances.made_by == "neighbourhood"
    assert nowcast.chances.at(3, 3)[:, 1].tolist() == [1, 1, 0, 0, 0]


def test_a_fallback_has_chances_too() -> None:
    (nowcast,) = answer(methods(Fragile()), "fragile", [frames(13)], 2)
    assert nowcast.chances is not None
    assert nowcast.chances.codes.shape[1:] == nowcast.frames.rain.shape


def test_the_ensemble_can_be_asked_for() -> None:
    (nowcast,) = answer(methods(Fragile()), "ensemble", [frames()], 2)
    assert nowcast.method == "ensemble"
    assert nowcast.chances is not None
    assert nowcast.chances.made_by == "ensemble"


def test_one_bad_sample_fails_alone() -> None:
    fragile = Fragile()
    nowcasts = answer(methods(fragile), "fragile", [frames(1), frames(13), frames(2)], 2)
    assert fragile.batches == (3, 1, 1, 1)
    assert [nowcast.method for nowcast in nowcasts] == ["fragile", "extrapolation", "fragile"]
    np.testing.assert_array_equal(nowcasts[2].frames.rain, 2)


@pytest.mark.parametrize(("error", "reason"), [(ValueError, "failed"), (EngineFailed, "not_finite")])
def test_a_fallback_says_why(error: type[Exception], reason: str) -> None:
    (nowcast,) = answer(methods(Fragile(error=error)), "fragile", [frames(13)], 2)
    assert (nowcast.method, nowcast.asked_for, nowcast.fallback_reason) == ("extrapolation", "fragile", reason)


def test_a_fallback_that_fails_falls_back_further() -> None:
    broken = {**methods(Fragile()), "extrapolation": Fragile()}
    (nowcast,) = answer(broken, "fragile", [frames(13)], 2)
    assert (nowcast.method, nowcast.fallback_reason) == ("persistence", "failed")


def test_an_unknown_method_names_the_known() -> None:
    with pytest.raises(UnknownMethod, match="ensemble, extrapolation, fragile, persistence"):
        answer(methods(Fragile()), "crystal-ball", [frames()], 2)


def test_when_nothing_works_it_is_said() -> None:
    broken: Methods = {name: Fragile() for name in ("fragile", "extrapolation", "persistence")}
    with pytest.raises(NoNowcast, match="Neither fragile nor its fallbacks"):
        answer(broken, "fragile", [frames(13)], 2)


@pytest.fixture
def short() -> Iterator[None]:
    """What this process notes of its memory is forgotten."""
    yield
    memory.SHORT.clear()


def test_a_method_without_memory_falls_back_and_its_process_is_replaced(short: None) -> None:
    memory.renew()  # nothing was short yet
    (nowcast,) = answer(methods(Fragile(error=MemoryError)), "fragile", [frames(13)], 2)
    assert (nowcast.method, nowcast.fallback_reason) == ("extrapolation", "memory")
    with pytest.raises(SystemExit):
        memory.renew()


def test_when_even_the_fallbacks_have_no_memory_that_is_said(short: None) -> None:
    found: Methods = dict.fromkeys(("fragile", *CHAIN), Fragile(error=MemoryError))
    with pytest.raises(NoNowcast, match=r"\(6, 6\) pixels takes more memory than the worker has"):
        answer(found, "fragile", [frames(13)], 2)


@pytest.mark.parametrize("error", [ValueError("poison"), RuntimeError("shapes differ"), EngineFailed("NaN")])
def test_other_errors_are_no_lack_of_memory(error: Exception) -> None:
    assert not memory.ran_out(error)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the data of a process")
def test_numpy_torch_and_opencv_say_that_there_is_no_memory() -> None:
    """In a process of its own, which stays bounded."""
    takes = "numpy.ones(2**28)", "torch.ones(2**29)", "cv2.resize(numpy.ones((9, 9)), (2**14, 2**14))"
    tries = (f"try: {take}\nexcept Exception as error: print(memory.ran_out(error))" for take in takes)
    code = "\n".join(["import cv2, numpy, torch; from workers import memory; memory.bound(2**30)", *tries])
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True"] * 3, said.stdout + said.stderr
