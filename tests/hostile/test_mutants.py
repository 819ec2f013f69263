"""Thousands of mutants of every format: each ends in frames or in a sentence, in bounded time and memory.

NOWCAST_MUTANTS says how many times as many are tried; `python -m tests.fuzz` goes on for as long as it is told to.
"""

import os

import pytest

from radar.formats.table import FORMATS, read
from radar.frames import Frames
from tests.hostile.mutation import mutant
from tests.hostile.seeds import COSTLY, FILES, hints
from tests.hostile.trial import Outcome
from tests.hostile.trying import tried

pytestmark = pytest.mark.timeout(1800)
TIMES = int(os.environ.get("NOWCAST_MUTANTS", "1"))
CHEAP, DEAR = 500, 100
MOST_MIB = 700
"""By which a reader may grow: a frame of the most pixels we decode, as float64 and as float32, and its mask."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """What became of the mutants of every file."""
    return tried((name, 0, TIMES * (DEAR if name in COSTLY else CHEAP)) for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_mutant_is_read_or_refused(name: str, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[name]
    assert outcome.faults == []
    assert outcome.read + outcome.refused == outcome.tried > 0
    assert min(outcome.read, outcome.refused) > 0  # else they are all alike
    assert outcome.peak < MOST_MIB


@pytest.mark.parametrize("name", FILES)
def test_what_mutants_are_made_of_is_read(name: str) -> None:
    assert isinstance(read(FILES[name], hints(name)), Frames)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_the_table_has_mutants(name: str) -> None:
    assert FORMATS[name].sniff(FILES[name])


def test_a_mutant_can_be_made_again() -> None:
    assert mutant("npz", 7) == mutant("npz", 7) != mutant("npz", 8)
