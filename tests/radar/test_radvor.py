"""RADVOR: the observation by itself, and the whole nowcast."""

import io
import tarfile

import numpy as np
import pytest

from radar.errors import BadFrames, TooLarge
from radar.formats import radvor
from radar.formats.table import read
from tests.radar import foreign_binary
from tests.radar.foreign_archives import tarred
from tests.radar.samples import START, STEP, times

RUN = foreign_binary.radvor((0, 10, 5))


def test_only_the_observation_is_read() -> None:
    observed = read(RUN)
    assert observed.times == (START,)
    assert observed.dry


def test_the_whole_nowcast() -> None:
    nowcast = radvor.read_nowcast(RUN)
    assert nowcast.reference_time == START
    assert nowcast.leads == (5, 10)
    assert nowcast.frames.times == times(2, START + STEP)
    np.testing.assert_allclose(nowcast.frames.rain[:, 0, 0], [0.6, 1.2], rtol=1e-6)
    assert (nowcast.method, nowcast.version) == ("radvor", "RV")
    assert nowcast.frames.grid == read(RUN).grid


@pytest.mark.parametrize(("leads", "sentence"), [((0,), "no forecast"), ((0, 5, 10, 20), "one cadence")])
def test_nowcasts_that_are_refused(leads: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(BadFrames, match=sentence):
        radvor.read_nowcast(foreign_binary.radvor(leads))


def test_without_an_observation() -> None:
    with pytest.raises(BadFrames, match="holds no lead time 0"):
        read(foreign_binary.radvor((5, 10)))


def test_two_runs_in_one() -> None:
    later = foreign_binary.radolan("RV", np.zeros((1200, 1100), np.uint16), time=START + STEP, lead=5, version=5)
    with tarfile.open(fileobj=io.BytesIO(foreign_binary.radvor((10,), compressed=False))) as archive:
        member = archive.extractfile(archive.getmembers()[0])
        assert member is not None
        first = member.read()
    with pytest.raises(BadFrames, match="several runs or products"):
        radvor.read_nowcast(tarred({"a": first, "b": later}))


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radvor, "MAX_LEADS", 2)
    with pytest.raises(TooLarge, match="too many files"):
        read(RUN)


def test_a_tar_of_observations_is_no_nowcast() -> None:
    steps = [foreign_binary.radolan(time=time) for time in times(3)]
    archive = tarred({str(at): step for at, step in enumerate(steps)})
    assert not radvor.sniff(archive)
    assert read(archive).times == times(3)
    assert not radvor.sniff(tarred({}))
