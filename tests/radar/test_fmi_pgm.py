"""FMI PGM: comments, reflectivity, corners."""

import numpy as np
import pytest

from radar.errors import BadFrames
from radar.formats import fmi_pgm
from radar.rain import FMI, from_dbz
from tests.radar import foreign_pictures
from tests.radar.samples import START


def test_reflectivity() -> None:
    read = fmi_pgm.read(foreign_pictures.fmi_pgm())
    expected = [[0, float(from_dbz(0.0, FMI)), np.nan], [float(from_dbz(23.0, FMI)), 0, 0]]
    np.testing.assert_allclose(read.rain[0], expected, rtol=1e-6)
    assert read.times == (START,)


def test_the_corners_are_those_of_the_comments() -> None:
    grid = fmi_pgm.read(foreign_pictures.fmi_pgm()).grid
    assert grid.lonlat(1.5, -0.5) == pytest.approx((18.6, 57.93), abs=1e-9)
    assert grid.lonlat(-0.5, 2.5) == pytest.approx((34.903, 69.005), abs=1e-9)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (foreign_pictures.fmi_pgm(param="Velocity"), "not 8-bit CorrectedReflectivity"),
        (foreign_pictures.fmi_pgm().replace(b"\n255\n", b"\n254\n"), "not 8-bit CorrectedReflectivity"),
        (foreign_pictures.fmi_pgm()[:-1], "PGM picture is truncated"),
        (foreign_pictures.fmi_pgm()[:30] + b"obstime", "header of the PGM picture"),
        (foreign_pictures.fmi_pgm().replace(b"stereographic", b"gnomonic     "), "stereographic projection"),
        (foreign_pictures.fmi_pgm().replace(b"201609281445", b"201609282545"), "The time '201609282545'"),
        (foreign_pictures.fmi_pgm().replace(b"# bottomleft", b"# topleft"), "truncated or damaged"),
    ],
)
def test_what_is_refused(data: bytes, sentence: str) -> None:
    assert fmi_pgm.sniff(data)
    with pytest.raises(BadFrames, match=sentence):
        fmi_pgm.read(data)


def test_other_pgm_are_not_of_fmi() -> None:
    assert not fmi_pgm.sniff(b"P5\n2 2\n255\n....")
