"""Binary files in the layouts of other services, written by hand: RADOLAN, RADVOR and GRIB2."""

import io
import struct
import tarfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.radar.samples import START


def radolan(
    product: str = "RY",
    stored: NDArray[Any] | None = None,
    *,
    time: datetime = START,
    minutes: int = 5,
    lead: int | None = None,
    version: int = 3,
) -> bytes:
    """A composite of the Deutscher Wetterdienst; the pixels are those of 900 x 900 when none are given."""
    pixels = blank_radolan() if stored is None else stored
    precision = {"RW": "E-01", "RX": "E+00"}.get(product, "E-02")
    ahead = "" if lead is None else f"VV {lead:03d}"
    said = f"VS{version:2d}SW   2.21.0PR {precision}INT{minutes:4d}GP{pixels.shape[0]:4d}x{pixels.shape[1]:4d}{ahead}"
    sites = "MS 16<asb,boo,ros,hnr>"
    length = 27 + len(said) + len(sites) + 1 + pixels.nbytes
    begin = f"{product}{time:%d%H%M}10000{time:%m%y}BY{length:7d}"
    kind = "u1" if pixels.dtype.itemsize == 1 else "<u2"
    return (begin + said + sites).encode() + b"\x03" + pixels.astype(kind).tobytes()


def blank_radolan(shape: tuple[int, int] = (900, 900)) -> NDArray[np.uint16]:
    """A dry composite with 1.23 mm, secondary data, no data and clutter along the southern edge."""
    pixels = np.zeros(shape, np.uint16)
    pixels[0, :4] = [123, 123 | 0x1000, 0x29C4, 0x8000 | 5]
    return pixels


def radvor(leads: Sequence[int] = (0, 5, 10), *, compressed: bool = True) -> bytes:
    """A nowcast run: one file for each lead time, in which the first pixel holds the lead in hundredths of a mm."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:bz2" if compressed else "w") as archive:
        for lead in leads:
            pixels = np.zeros((1200, 1100), np.uint16)
            pixels[0, 0] = lead
            content = radolan("RV", pixels, lead=lead, version=5)
            member = tarfile.TarInfo(f"DE1200_RV1609281445_{lead:03d}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


GRIB_RATE = (209, 6, 1)


def grib2(
    values: NDArray[Any] | None = None,
    *,
    parameter: tuple[int, int, int] = GRIB_RATE,
    time: datetime = START,
    bits: int = 16,
    picture: bool = True,
    bitmap: NDArray[np.bool_] | None = None,
    scan: int = 0,
    ahead: int = 0,
) -> bytes:
    """A message of MRMS: tenths above -3, as PNG or simply packed, from 129.995 degrees west and 54.995 north."""
    stored = np.array([[0, 30, 31], [1530, 30, 20]]) if values is None else values
    seen = stored.ravel() if bitmap is None else stored[bitmap]
    rows, columns = stored.shape
    reference = -999.0 if parameter[1] == 3 else -3.0
    moment = struct.pack(">HBBBBB", time.year, time.month, time.day, time.hour, time.minute, time.second)
    sections = [
        section(1, struct.pack(">HHBBB", 161, 0, 255, 1, 3) + moment + b"\0\7"),
        section(3, b"\0" + struct.pack(">IBBH", rows * columns, 0, 0, 0) + lonlat(rows, columns, scan)),
        section(4, struct.pack(">HHBBBBBHBBi", 0, 0, *parameter[1:], 8, 0, 97, 0, 0, 0, ahead) + bytes(12)),
        section(5, struct.pack(">IHfHHBB", len(seen), 41 if picture else 0, reference * 10, 0, 1, bits, 0)),
        section(6, b"\xff" if bitmap is None else b"\0" + np.packbits(bitmap).tobytes()),
        section(
            7,
            grey(seen.reshape(-1, columns) if bitmap is None else seen[np.newaxis], bits)
            if picture
            else packed(seen, bits),
        ),
    ]
    body = b"".join(sections)
    return struct.pack(">4sHBBQ", b"GRIB", 0, parameter[0], 2, 16 + len(body) + 4) + body + b"7777"


def section(number: int, content: bytes) -> bytes:
    """A section with its head."""
    return struct.pack(">IB", len(content) + 5, number) + content


def lonlat(rows: int, columns: int, scan: int) -> bytes:
    """Template 3.0 of a grid of 0.01 degrees, in the millionths of a degree that MRMS spells out."""
    earth = struct.pack(">BBIBIBI", 2, 1, 63781370, 1, 63781600, 1, 63567750)
    last = struct.pack(">II", 54_995_000, 230_005_000)
    return (
        earth
        + struct.pack(">IIIIIIB", columns, rows, 1, 1_000_000, 54_995_000, 230_005_000, 48)
        + last
        + struct.pack(">IIB", 10_000, 10_000, scan)
    )


def grey(values: NDArray[Any], bits: int) -> bytes:
    """Integers as a PNG."""
    file = io.BytesIO()
    Image.fromarray(values.astype(np.uint8 if bits == 8 else np.uint16)).save(file, "PNG")
    return file.getvalue()


def packed(values: NDArray[Any], bits: int) -> bytes:
    """Integers of some bits, one behind the other."""
    raised = (values[:, np.newaxis] >> np.arange(bits)[::-1]) & 1
    return np.packbits(raised.astype(np.uint8)).tobytes()
