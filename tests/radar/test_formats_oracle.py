"""Our readers against the importers of pysteps and against ecCodes, on original files."""

import contextlib
import gzip
import io
import subprocess
import sys
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radar.formats.cf_rain import echo
from radar.formats.table import read
from radar.rain import FMI

FOLDER = Path(__file__).parents[2].parent / "shared/data/formats"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the original radar files are not at {FOLDER}")

NEED = "pip install nowcast[oracle], which needs a C compiler"
Array = np.ndarray[Any, np.dtype[np.floating[Any]]]


@pytest.fixture
def importers() -> Iterator[Any]:
    """The importers of pysteps, which greets on import, and it and its dependencies warn."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        pytest.importorskip("pysteps", reason=NEED)
        pytest.importorskip("h5py", reason=NEED)
        yield pytest.importorskip("pysteps.io.importers", reason=NEED)


def unzipped(path: Path, folder: Path) -> Path:
    """A copy that is not compressed."""
    plain = folder / path.name.removesuffix(".gz")
    plain.write_bytes(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    return plain


def ours(path: Path, said: dict[str, Any] | None = None) -> Array:
    """The frame as we read it, northern row first; its grid has the corners and pixels that pysteps tells."""
    frames = read(path.read_bytes())
    if said is not None:
        a, _, c, _, e, f = frames.grid.transform
        unit = 1000 if said["cartesian_unit"] == "km" else 1
        told = [said[key] * unit for key in ("xpixelsize", "ypixelsize", "x1", "y2")]
        np.testing.assert_allclose((a, -e, c, f), told, rtol=1e-6, atol=0.01)
    return np.asarray(frames.rain[0])


@pytest.mark.parametrize(
    "name", [f"T_PAAH21_C_EUOC_20180824{at}00.hdf" for at in (1800, 1815)] + ["T_PAAH22_C_EUOC_20241126010000.hdf"]
)
def test_odim(name: str, importers: Any) -> None:
    path = FOLDER / "odim_h5_opera" / name
    rain, _, said = importers.import_odim_hdf5(str(path))
    np.testing.assert_allclose(ours(path, said), rain, rtol=1e-6)


@pytest.mark.parametrize("name", [f"RAD_NL25_RAP_5min_2010082600{at:02d}.h5" for at in (0, 5, 10)])
def test_knmi(name: str, importers: Any) -> None:
    path = FOLDER / "knmi_hdf5" / name
    amount, _, said = importers.import_knmi_hdf5(str(path))
    np.testing.assert_allclose(ours(path, said), amount * 12, rtol=1e-6)


@pytest.mark.parametrize("name", [f"AQC1513515{at}F_00005.801.gif" for at in (45, 50, 55)])
def test_mch_gif(name: str, importers: Any) -> None:
    path = FOLDER / "mch_gif" / name
    amount, _, said = importers.import_mch_gif(str(path), "AQC", "mm", 5)
    np.testing.assert_allclose(ours(path, said), amount * 12, rtol=1e-6)


@pytest.mark.parametrize(
    "name", [f"2016092814{at}_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz" for at in (45, 50, 55)]
)
def test_fmi_pgm(name: str, importers: Any) -> None:
    path = FOLDER / "fmi_pgm" / name
    dbz, _, said = importers.import_fmi_pgm(str(path), gzipped=True)
    np.testing.assert_allclose(ours(path, said), echo(dbz, FMI), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "minutes"), [("2_20180616_100000.prcp-cscn.nc", 6), ("66_20201031_000000.prcp-c10.nc", 10)]
)
def test_rainfields(name: str, minutes: int, importers: Any) -> None:
    """Without the grid: pysteps takes the first and last coordinate, of corners or centres, for the outer corners."""
    amount, _, _ = importers.import_bom_rf3(str(FOLDER / "bom_netcdf" / name))
    np.testing.assert_allclose(ours(FOLDER / "bom_netcdf" / name), amount * 60 / minutes, rtol=1e-5)


@pytest.mark.parametrize(("product", "factor"), [("RY", 12), ("YW", 12), ("RW", 1)])
def test_radolan(product: str, factor: int, importers: Any, tmp_path: Path) -> None:
    """pysteps takes 0.01 mm off amounts and clutter for no rain, and leaves the bit of secondary data on no rain."""
    path = sorted(FOLDER.glob(f"radolan_binary/*-{product.lower()}*"))[0]
    amount, _, _ = importers.import_dwd_radolan(str(unzipped(path, tmp_path)), product)
    amount[np.isclose(amount + 0.01, 0x1000 * {"RW": 0.1}.get(product, 0.01))] = -0.01
    rain = ours(path)
    np.testing.assert_allclose(rain, np.where(np.isnan(rain), np.nan, (amount + 0.01) * factor), atol=1e-5)
    assert not (np.isnan(amount) & np.isfinite(rain)).any()


# Together with pyproj, which has a PROJ library of its own, ecCodes brings the process down: it gets one of its own.
DECODE = """
import sys, eccodes, numpy
with open(sys.argv[1], "rb") as file:
    message = eccodes.codes_new_from_message(file.read())
numpy.save(sys.argv[2], eccodes.codes_get_values(message).reshape(eccodes.codes_get(message, "Nj"), -1))
"""


@pytest.mark.skipif(find_spec("eccodes") is None, reason="pip install nowcast[oracle]")
@pytest.mark.parametrize(
    ("name", "dry", "nowhere"),
    [
        ("PrecipRate_00.00_20190610-000000.grib2", 0, -1),
        ("MRMS_ReflectivityAtLowestAltitude_00.50_20230406-120039.grib2.gz", -99, -999),
    ],
)
def test_grib2(name: str, dry: float, nowhere: float, tmp_path: Path) -> None:
    path = FOLDER / "mrms_grib2" / name
    plain = unzipped(path, tmp_path)
    subprocess.run([sys.executable, "-c", DECODE, plain, tmp_path / "values.npy"], check=True, timeout=200)
    values = np.load(tmp_path / "values.npy")
    rain = echo(values) if dry == -99 else values
    np.testing.assert_allclose(ours(path), np.where(values <= nowhere, np.nan, rain), rtol=1e-5)
