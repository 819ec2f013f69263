"""Two methods on the same frames."""

from datetime import timedelta

import numpy as np
import pytest
from redis import Redis

from jobs.closing import close
from jobs.comparison import BLOCK, LEAST_BLOCKS, below, compare, pairs
from jobs.region import LowSkill
from jobs.skill import Skill
from radar.scores import count
from tests.jobs.verified import BETTER, HERE, NET, PROTOCOL, RIVAL, verified
from tests.regions import STEP, now, rain

END = now()
TIMES = [END - at * BLOCK for at in range(LEAST_BLOCKS + 1)][::-1]
RIGHT, WRONG = [True] * len(TIMES), [False] * len(TIMES)


@pytest.fixture
def skill(redis: Redis) -> Skill:
    return Skill(redis)


def test_only_frames_and_leads_of_both_make_a_pair(skill: Skill) -> None:
    verified(skill, RIVAL, TIMES, RIGHT)
    verified(skill, NET, TIMES[:3], WRONG[:3])
    verified(skill, NET, TIMES[3:4], WRONG[:1], lead=2)
    found = pairs(skill, "here", RIVAL, NET)
    assert [pair.time for pair in found] == TIMES[:3]
    expected = count(rain(500)[None], rain(0)[None], PROTOCOL.thresholds)
    np.testing.assert_array_equal(found[0].two.hits, [expected.hits[0], [0, 0]])


def test_what_is_closed_is_compared_all_the_same(skill: Skill) -> None:
    for series in (RIVAL, NET):
        verified(skill, series, TIMES, RIGHT if series == RIVAL else WRONG)
    before = compare(skill, PROTOCOL, RIVAL, NET)
    close(skill, "here", TIMES[4])
    assert skill.times("here", NET) == TIMES[5:]
    assert compare(skill, PROTOCOL, RIVAL, NET) == before


def test_counts_of_single_times_are_let_go_after_weeks(skill: Skill) -> None:
    verified(skill, NET, TIMES, RIGHT)
    close(skill, "here", TIMES[4])
    later = END + timedelta(days=15)
    verified(skill, NET, [later], [True])
    close(skill, "here", later)
    assert list(skill.compared("here", NET)) == [later]


def test_what_is_always_better_is_favoured(skill: Skill) -> None:
    verified(skill, RIVAL, TIMES, RIGHT)
    verified(skill, NET, TIMES, WRONG)
    found = compare(skill, PROTOCOL, RIVAL, NET)
    assert (found.frames, found.blocks, found.together.csi, found.favours) == (len(TIMES), len(TIMES), 1, True)
    assert found.together.low is not None
    assert found.together.difference == 1 - (found.together.other_csi or 0) >= found.together.low > 0
    assert [one.threshold for one in found.thresholds] == [1, 10]
    assert not compare(skill, PROTOCOL, NET, RIVAL).favours


def test_the_difference_is_that_of_the_counts(skill: Skill) -> None:
    verified(skill, RIVAL, TIMES[:1], [True])
    verified(skill, NET, TIMES[:1], [False])
    counts = count(rain(500)[None], rain(0)[None], PROTOCOL.thresholds)
    hits, others = counts.hits.sum(), (counts.misses + counts.false_alarms).sum()
    assert compare(skill, PROTOCOL, RIVAL, NET).together.other_csi == hits / (hits + others)


def test_what_is_now_better_now_worse_is_not_favoured(skill: Skill) -> None:
    verified(skill, RIVAL, TIMES, [at % 2 == 0 for at in range(len(TIMES))])
    verified(skill, NET, TIMES, [at % 2 == 1 for at in range(len(TIMES))])
    found = compare(skill, PROTOCOL, RIVAL, NET)
    assert found.together.low is not None
    assert found.together.high is not None
    assert found.together.low < 0 < found.together.high
    assert not found.favours


def test_few_blocks_prove_nothing(skill: Skill) -> None:
    few = [END - at * STEP for at in range(6)]
    verified(skill, RIVAL, few, RIGHT[:6])
    verified(skill, NET, few, WRONG[:6])
    found = compare(skill, PROTOCOL, RIVAL, NET)
    assert (found.frames, found.blocks <= 2, found.favours) == (6, True, False)


def test_nothing_is_compared_without_frames(skill: Skill) -> None:
    found = compare(skill, PROTOCOL, RIVAL, NET)
    assert (found.frames, found.together.difference, found.favours) == (0, None, False)
    assert str(found) == "rival and net cannot be compared on 0 frames in 0 blocks of 3 h with rain"


def test_since_leaves_older_frames_out(skill: Skill) -> None:
    verified(skill, RIVAL, TIMES, RIGHT)
    verified(skill, NET, TIMES, WRONG)
    assert compare(skill, PROTOCOL, RIVAL, NET, TIMES[2]).frames == len(TIMES) - 2


RECENT = [END - at * STEP for at in range(6)][::-1]


@pytest.mark.parametrize(
    ("rule", "net", "expected"),
    [
        (LowSkill(hours=1, min_frames=6), False, True),
        (LowSkill(hours=1, min_frames=6), True, False),
        (LowSkill(hours=1, min_frames=7), False, False),
        (LowSkill(hours=0.25, min_frames=6), False, False),
        (None, False, False),
    ],
)
def test_a_method_is_below_another_by_the_rule_of_its_region(
    skill: Skill, rule: LowSkill | None, net: bool, expected: bool
) -> None:
    verified(skill, NET, RECENT, [net] * 6)
    verified(skill, BETTER, RECENT, [at % 2 == 0 for at in range(6)])
    ruled = HERE.model_copy(update={"low_skill": rule})
    assert below(skill, ruled, NET, BETTER, END) is expected
