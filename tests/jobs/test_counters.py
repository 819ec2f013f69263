"""The counters of verification in the store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis

from jobs import keys
from jobs.counted import Counted
from jobs.counters import PACKED, counters, grown, packed
from jobs.errors import DamagedBlob
from jobs.protocol import Protocol
from jobs.skill import Series, Skill
from radar.tally import Tally
from tests.regions import PLACE, now, region

HITS, CHANCE = Counted(5, 0.5, "hits", 3), Counted(0, 10, "chance_said", 7000, "0.3")
PROTOCOL = Protocol.of(region(cadence_minutes=5, horizon=3, thresholds=(0.5, 10)), PLACE.grid())
SERIES = Series(PROTOCOL.id, "persistence", "1")


def test_cells_come_back_and_add_up() -> None:
    assert counters({PACKED: packed([HITS, CHANCE])}) == [CHANCE, HITS]
    assert counters({PACKED: grown({PACKED: packed([HITS])}, [HITS, CHANCE], PROTOCOL)}) == [CHANCE, six()]


def six() -> Counted:
    return replace(HITS, count=6)


def test_cells_that_have_a_field_each_are_read_and_packed_with_the_rest() -> None:
    before = {HITS.field.encode(): b"3"}
    assert counters(before) == [HITS]
    assert counters({PACKED: grown(before, [HITS], PROTOCOL)}) == [six()]


def test_what_the_protocol_no_longer_has_is_let_go_of() -> None:
    gone = [Counted(60, 0.5, "hits", 1), Counted(5, 2, "hits", 1), Counted(0, 2, "chance_said", 1, "0.3")]
    assert counters({PACKED: grown({PACKED: packed(gone)}, [HITS], PROTOCOL)}) == [HITS]


@pytest.mark.parametrize("blob", [b"", b"x", packed([HITS])[:-4], packed([replace(HITS, kind="a b c d")])])
def test_damage_is_a_sentence_and_counting_begins_anew(blob: bytes) -> None:
    with pytest.raises(DamagedBlob):
        counters({PACKED: blob})
    assert counters({PACKED: grown({PACKED: blob}, [HITS], PROTOCOL)}) == [HITS]


def tally(hits: int) -> Tally:
    made = Tally.zero(*PROTOCOL.shape)
    made.frames[0], made.counts.hits[0, 0] = 1, hits
    return made


def counted(skill: Skill) -> list[Counted]:
    """The cells of the one region and method there are."""
    ((named, stored),) = skill.counters(["here"]).items()
    assert named == ("here", "persistence")
    return counters(stored)


def test_a_time_is_counted_once_however_often_it_is_written(redis: Redis) -> None:
    skill, time = Skill(redis), now()
    for hits in (3, 5):
        assert skill.write(PROTOCOL, SERIES, time, tally(hits))
    assert counted(skill) == [HITS]
    assert skill.write(PROTOCOL, SERIES, time + timedelta(minutes=5), tally(3))
    assert counted(skill) == [six()]


def test_two_who_count_at_once_lose_nothing(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writes between what is read and what is put back."""
    one, other, times = Skill(redis), Skill(redis), [now() + timedelta(minutes=5 * at) for at in range(2)]
    script = one._write

    def late(**said: object) -> object:
        monkeypatch.setattr(one, "_write", script)
        other.write(PROTOCOL, SERIES, times[1], tally(3))
        return script(**said)  # type: ignore[arg-type]

    monkeypatch.setattr(one, "_write", late)
    assert one.write(PROTOCOL, SERIES, times[0], tally(3))
    assert counted(one) == [six()]


def test_what_is_not_exported_leaves_no_counter(redis: Redis) -> None:
    assert Skill(redis).write(PROTOCOL, SERIES, now(), tally(3), exported=False)
    assert not redis.exists(keys.verified("here", "persistence"))


def test_a_time_of_a_region_takes_few_commands(redis: Redis) -> None:
    """However many leads and thresholds there are."""
    wide = Protocol.of(region(cadence_minutes=5, horizon=24, thresholds=tuple(range(1, 11))), PLACE.grid())
    full = Tally.of([array + 1 for array in Tally.zero(*wide.shape).arrays])
    skill = Skill(redis)
    skill.write(wide, SERIES, now(), full)
    before = redis.info("stats")["total_commands_processed"]
    skill.write(wide, SERIES, now() + timedelta(minutes=5), full)
    assert redis.info("stats")["total_commands_processed"] - before < 20
