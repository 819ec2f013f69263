"""Which methods run on the newest frames, and which of them is served."""

from typing import Any

import pytest
from redis import Redis

from jobs.cycle import Cycle, Part, turn
from jobs.fallback import Reason
from jobs.job import Priority
from jobs.recent import Recent
from jobs.region import Canary
from jobs.skill import Skill
from radar.baselines import BASELINES
from radar.card import Card
from radar.errors import UnknownMethod
from tests.jobs.verified import BETTER, HERE, NET, RIVAL, verified
from tests.regions import STEP, frames, now

CARDS = {
    **{name: BASELINES[name].card for name in ("extrapolation", "persistence")},
    **{name: Card(method=name, version="1", summary="") for name in ("net", "rival", "third")},
}
END = now()
TIMES = [END - at * STEP for at in range(6)][::-1]
RULE = {"hours": 1, "min_frames": 3}


@pytest.fixture
def skill(redis: Redis) -> Skill:
    return Skill(redis)


def cycle(skill: Skill, cards: dict[str, Card] = CARDS, **plan: Any) -> Cycle:
    return Cycle.of(HERE.model_validate({**HERE.model_dump(), **plan}), "net", cards, skill)


def recent() -> Recent:
    past = frames(2, 1, 0, last=END)
    return Recent(past.rain, past.times, STEP, past.grid)


def beside(of: Cycle) -> dict[str, Priority]:
    return {part.card.method: part.priority for part in of.beside(of.served(recent()).card.method)}


YARDSTICKS = dict.fromkeys(("persistence", "extrapolation"), Priority.SCHEDULED)


def test_a_plain_region_has_its_method_and_the_yardsticks(skill: Skill) -> None:
    assert cycle(skill).served(recent()) == Part(CARDS["net"])
    assert beside(cycle(skill)) == YARDSTICKS
    assert list(beside(cycle(skill))) == ["persistence", "extrapolation"]


def test_a_shadow_runs_after_all_others(skill: Skill) -> None:
    assert beside(cycle(skill, shadow="rival")) == {**YARDSTICKS, "rival": Priority.SHADOW}


def test_in_a_canarys_turn_the_method_is_the_shadow(skill: Skill) -> None:
    on_trial = cycle(skill, canary={"method": "rival", "share": 1}, shadow="third")
    assert on_trial.served(recent()) == Part(CARDS["rival"], asked_for="net")
    assert beside(on_trial) == {**YARDSTICKS, "net": Priority.SHADOW, "third": Priority.SHADOW}


def test_out_of_its_turn_a_canary_is_a_shadow(skill: Skill) -> None:
    on_trial = cycle(skill, canary={"method": "rival", "share": 1e-9})
    assert on_trial.served(recent()) == Part(CARDS["net"])
    assert beside(on_trial) == {**YARDSTICKS, "rival": Priority.SHADOW}


def test_turns_follow_from_the_time_and_come_to_the_share() -> None:
    canary = Canary(method="rival", share=0.2)
    times = [END - at * STEP for at in range(2000)]
    turns = [turn("here", canary, time) for time in times]
    assert turns == [turn("here", canary, time) for time in times]
    assert 320 < sum(turns) < 480


def test_what_no_worker_has_is_left_out(skill: Skill) -> None:
    few = {name: CARDS[name] for name in ("net", "persistence")}
    on_trial = cycle(skill, few, canary={"method": "rival", "share": 1}, shadow="third", low_skill=RULE)
    assert on_trial.served(recent()) == Part(CARDS["net"])
    assert beside(on_trial) == {"persistence": Priority.SCHEDULED}
    with pytest.raises(UnknownMethod, match="No worker has loaded net"):
        cycle(skill, {})


def test_extrapolation_is_served_while_it_is_better_and_no_longer(skill: Skill) -> None:
    judged = cycle(skill, low_skill=RULE)
    verified(skill, BETTER, TIMES, [True] * 6)
    verified(skill, NET, TIMES, [False] * 6)
    assert judged.served(recent()) == Part(CARDS["extrapolation"], asked_for="net", reason=Reason.LOW_SKILL)
    assert beside(judged) == {"persistence": Priority.SCHEDULED, "net": Priority.SHADOW}
    assert cycle(skill).served(recent()) == Part(CARDS["net"])
    verified(skill, BETTER, TIMES, [False] * 6)
    verified(skill, NET, TIMES, [True] * 6)
    assert judged.served(recent()) == Part(CARDS["net"])


def test_a_canary_that_is_worse_than_extrapolation_loses_its_turn(skill: Skill) -> None:
    verified(skill, BETTER, TIMES, [True] * 6)
    verified(skill, RIVAL, TIMES, [False] * 6)
    judged = cycle(skill, low_skill=RULE, canary={"method": "rival", "share": 1})
    assert judged.served(recent()) == Part(CARDS["net"])
    assert beside(judged)["rival"] is Priority.SHADOW


def test_another_version_begins_anew(skill: Skill) -> None:
    verified(skill, BETTER, TIMES, [True] * 6)
    verified(skill, NET, TIMES, [False] * 6)
    newer = {**CARDS, "net": CARDS["net"].model_copy(update={"version": "2"})}
    assert cycle(skill, newer, low_skill=RULE).served(recent()) == Part(newer["net"])


def test_a_damaged_record_is_left_out_and_the_others_judged(skill: Skill) -> None:
    verified(skill, BETTER, TIMES, [True] * 6)
    for key in skill.redis.scan_iter("nowcast:region:here:skill:*"):
        skill.redis.hset(key, str(round(END.timestamp())), b"what?")
    verified(skill, NET, TIMES, [False] * 6)
    assert cycle(skill, low_skill=RULE).served(recent()).reason is Reason.LOW_SKILL
    assert skill.redis.exists("nowcast:region:here:damaged")
