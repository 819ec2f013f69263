"""Counts made again from the archive are the same, and where they are not it says so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs import keys
from jobs.errors import NoFrames
from jobs.queue import Queue
from jobs.record import Record, pack
from jobs.store import Store
from radar.tally import Tally
from tests.regions import STEP, region
from tests.workers.cycle import BRIEF, END, HERE, Cycle
from workers.recount import Outcome, Recount


def recounted(cycle: Cycle) -> Outcome:
    recount = Recount(cycle.verifier, cycle.region)
    for day in recount.days():
        recount.compare(day)
    return recount.outcome


def test_nothing_to_compare_is_said(cycle: Cycle) -> None:
    with pytest.raises(NoFrames):
        Recount(cycle.verifier, HERE)


def test_the_archive_gives_the_same_to_the_last_digit(cycle: Cycle) -> None:
    cycle.run(5, 4, 3, 1, 2, 0)
    cycle.frame(1, salt=1)
    cycle.answer()
    cycle.verifier.run()
    assert recounted(cycle) == Outcome(times=4, tallies=8)


def test_so_it_does_once_times_are_closed(store: Store, queue: Queue, tmp_path: Path, wakes: None) -> None:
    cycle = Cycle(store, queue, tmp_path, region(**{**BRIEF, "retention_hours": 0.25}))
    cycle.run(*range(9, -1, -1))
    series, *_ = cycle.verifier.skill.series("here")
    assert cycle.verifier.skill.merged("here", series)
    outcome = recounted(cycle)
    assert (outcome.difference, outcome.times) == (None, 3)


def test_a_count_that_is_off_by_one_is_found_and_named(cycle: Cycle) -> None:
    cycle.run(5, 4, 3)
    skill, protocol = cycle.verifier.skill, cycle.protocol
    series = skill.series("here")[-1]
    record = skill.at("here", series, END - 3 * STEP)
    assert record is not None
    record.tally.counts.hits[0, 1] += 1
    assert skill.write(protocol, series, END - 3 * STEP, record.tally)
    hits = record.tally.counts.hits[0, 1]
    said = recounted(cycle).difference
    assert said == (
        "persistence 1, of 2026-06-01T11:45:00Z: "
        f"counts.hits[1] at lead 1 is {hits} and {hits - 1} (kept and recounted)"
    )


def test_a_count_that_was_lost_is_found(cycle: Cycle) -> None:
    cycle.run(5, 4, 3, 2)
    series = cycle.verifier.skill.series("here")[-1]
    cycle.store.redis.hdel(keys.skill("here", series.name)[0], str(int((END - 2 * STEP).timestamp())))
    said = recounted(cycle).difference or ""
    assert said.startswith("persistence 1, of 2026-06-01T11:50:00Z: frames at lead 1 is 0 and 1")


def test_what_is_not_verified_yet_is_left_out(cycle: Cycle) -> None:
    cycle.run(5, 4, 3)
    cycle.frame(2)
    outcome = recounted(cycle)
    assert (outcome.difference, outcome.times) == (None, 1)
    cycle.answer()
    cycle.verifier.run()
    assert recounted(cycle).times == 2


def test_a_day_whose_evening_before_is_gone_is_left_out(cycle: Cycle) -> None:
    cycle.run(5, 4, 3)
    series = cycle.verifier.skill.series("here")[0]
    before = END - timedelta(days=1)
    blob = pack(Record(Tally.zero(3, 2), before, before))
    cycle.store.redis.hset(keys.skill("here", series.name)[1], before.date().isoformat(), blob)
    recount = Recount(cycle.verifier, HERE)
    assert recount.days() == []
    assert list(recount.outcome.left_out) == ["2026-06-01: the archive no longer has the nowcasts of the day before"]


def test_only_whole_days_since_then(cycle: Cycle) -> None:
    cycle.run(5, 4, 3)
    recount = Recount(cycle.verifier, HERE)
    assert recount.days(datetime(2026, 6, 1, tzinfo=UTC)) == [END.date()]
    assert recount.days(datetime(2026, 6, 1, 0, 5, tzinfo=UTC)) == []
