"""Bodies that are files in files: archives, and files in JSON."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from radar.frames import stamp
from tests.radar.samples import npz, storm, times
from tests.service.bodies import PLACE, file, pictures


def packed(*files: bytes, **other: Any) -> dict[str, Any]:
    """Files as JSON."""
    return {"files": [b64encode(one).decode() for one in files], **other}


def test_a_file_may_be_in_json(client: httpx.Client) -> None:
    said = client.post("/nowcast?horizon=3", json=packed(file())).json()
    assert (len(said["input_times"]), said["grid"]["height"]) == (4, 7)
    arrays = npz(rain=storm(3, 4, 5), times=np.array([stamp(time) for time in times(3)]))
    assert client.post("/nowcast", json=packed(arrays)).json()["grid"]["width"] == 5


def test_pictures_may_be_in_json(client: httpx.Client) -> None:
    parts = [part[1] for _, part in pictures()]
    at = [stamp(time) for time in times(3)]
    said = client.post("/nowcast", json=packed(*parts, times=at, grid=json.loads(PLACE))).json()
    assert (said["input_times"], said["grid"]["pixel_km"]) == (at, pytest.approx(1, rel=0.1))


def tarred(data: bytes) -> bytes:
    """One file in a tar."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("rain.nc")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def zipped(data: bytes) -> bytes:
    """One file in a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rain.nc", data)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("media", "wrap"),
    [
        ("application/gzip", gzip.compress),
        ("application/x-bzip2", bz2.compress),
        ("application/x-tar", tarred),
        ("application/zip", zipped),
    ],
)
def test_packed_files_are_unpacked(client: httpx.Client, media: str, wrap: Callable[[bytes], bytes]) -> None:
    response = client.post("/nowcast", content=wrap(file()), headers={"Content-Type": media})
    assert len(response.json()["input_times"]) == 4
