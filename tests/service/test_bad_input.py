"""Frames that are no good: each is answered with one sentence a caller can act on."""

import json
from typing import Any

import httpx
import numpy as np
import pytest

from radar.formats import png
from tests.radar.samples import cf, npz, storm, times
from tests.service.bodies import NETCDF, as_netcdf, at, file, pictures, stamps, tiny
from tests.service.problem import problem

JSON = {"Content-Type": "application/json"}
ASYNC = {"Prefer": "respond-async"}
BINARY = {"Content-Type": "application/octet-stream"}


def refused(client: httpx.Client, body: bytes, headers: dict[str, str]) -> str:
    """The sentence that refuses a body."""
    said: str = problem(client.post("/nowcast", content=body, headers=headers), 422, "bad-frames")["detail"]
    return said


def nested(client: httpx.Client, **said: Any) -> str:
    """The sentence that refuses frames in JSON."""
    return refused(client, json.dumps(tiny(**said)).encode(), JSON)


def test_what_is_no_radar_file_is_an_unknown_format(client: httpx.Client) -> None:
    said = problem(client.post("/nowcast", content=b"hello" * 99, headers=BINARY), 415, "unknown-format")
    assert "CF NetCDF" in said["detail"]


def test_an_empty_body_is_an_unknown_format(client: httpx.Client) -> None:
    problem(client.post("/nowcast", content=b"", headers=NETCDF), 415, "unknown-format")


def test_other_units_are_refused(client: httpx.Client) -> None:
    assert "'dBZ'" in nested(client, units="dBZ")


def test_units_of_a_file_that_are_no_rain_rate_are_refused(client: httpx.Client) -> None:
    refused(client, cf(storm(3, 4, 5), units="K"), NETCDF)


@pytest.mark.parametrize("minutes", [(0, 5, 20), (0, 5, 10, 25, 30)])
def test_two_missing_frames_are_named(client: httpx.Client, minutes: tuple[int, ...]) -> None:
    said = refused(client, json.dumps(at(*minutes)).encode(), JSON)
    assert said.startswith("At most one missing frame can be filled")
    assert said.count("2016-09-28T14:") == 2


def test_an_irregular_cadence_is_refused(client: httpx.Client) -> None:
    assert "one cadence" in refused(client, json.dumps(at(0, 5, 12)).encode(), JSON)


def test_a_cadence_outside_the_card_is_refused(client: httpx.Client) -> None:
    problem(client.post("/nowcast", json=at(0, 15)), 422, "outside-card")


def test_too_few_frames_are_refused(client: httpx.Client) -> None:
    said = problem(client.post("/nowcast", json=at(0)), 422, "outside-card")
    assert said["detail"] == "persistence needs at least 2 frames and got 1."


def test_two_grids_in_one_form_are_refused(client: httpx.Client) -> None:
    parts = [*pictures(2), ("frames", ("c.png", png.write(np.ones((9, 9))), "image/png"))]
    response = client.post("/nowcast", files=parts, data={"times": stamps()})
    assert "two grids" in problem(response, 422, "bad-frames")["detail"]


def test_negative_rain_is_refused(client: httpx.Client) -> None:
    assert "negative" in nested(client, rain=[[[-1.0]], [[1.0]]])


def test_infinite_rain_is_refused(client: httpx.Client) -> None:
    assert "infinite" in nested(client, rain=[[[float("inf")]], [[1.0]]])


def test_frames_without_an_observed_pixel_are_refused(client: httpx.Client) -> None:
    body = as_netcdf(np.full((3, 5, 5), np.nan, np.float32))
    said = problem(client.post("/nowcast", content=body, headers=NETCDF), 422, "outside-card")
    assert "missing (NaN)" in said["detail"]


def test_a_grid_beyond_what_is_served_is_too_large(client: httpx.Client) -> None:
    body = cf(np.zeros((2, 5000, 5000), np.int8), at=(0, 5))
    assert len(body) < 2**20
    said = problem(client.post("/nowcast", content=body, headers=NETCDF), 413, "too-large")
    assert "5000 x 5000" in said["detail"]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_refused(client: httpx.Client, share: float) -> None:
    whole = file(4, 40, 40).rstrip(b"\0")
    refused(client, whole[: int(len(whole) * share)], NETCDF)


def test_pickles_are_refused(client: httpx.Client) -> None:
    body = npz(rain=np.array([{"a": 1}], dtype=object), times=np.array([time.isoformat() for time in times(1)]))
    refused(client, body, {"Content-Type": "application/x-npz"})


def test_rows_of_different_lengths_are_refused(client: httpx.Client) -> None:
    assert "same number" in nested(client, rain=[[[1.0], [1.0, 2.0]], [[1.0], [1.0]]])


def test_frames_and_times_must_be_as_many(client: httpx.Client) -> None:
    assert nested(client, times=["2016-09-28T14:45:00Z"]) == "There are 2 frames but 1 times."


def test_times_must_increase(client: httpx.Client) -> None:
    assert "increase" in refused(client, json.dumps(at(5, 0)).encode(), JSON)


@pytest.mark.parametrize("crs", ["EPSG:999999", "nonsense"])
def test_a_projection_that_is_none_is_refused(client: httpx.Client, crs: str) -> None:
    assert "coordinate reference system" in nested(client, grid={"crs": crs, "transform": [1, 0, 0, 0, -1, 0]})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", ""),
        (b'{"rain": [[[1]]]}', "/times"),
        (b'{"rain": [[["much"]]], "times": []}', "/rain/0/0/0"),
        (b'{"rain": [[[1]]], "times": ["2016-09-28T14:45:00"]}', "/times/0"),
        (b'{"rain": [[[1]]], "times": [], "unit": "dBZ"}', "/unit"),
        (b'{"files": []}', "/files"),
        (b'{"files": ["UE5H", "no base64"]}', "/files/1"),
        (b'{"files": ["UE5H"], "rain": []}', "/rain"),
        (b'{"files": ["UE5H"], "grid": {}}', "/grid/transform"),
    ],
)
def test_json_of_another_shape_is_pointed_at(client: httpx.Client, body: bytes, pointer: str) -> None:
    said = problem(client.post("/nowcast", content=body, headers=JSON), 422, "invalid-request")
    assert said["errors"][0]["pointer"] == pointer
    assert said["detail"].startswith(f"{pointer}: " if pointer else "Invalid JSON")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"times": "noon"}, "/times/0"), ({"times": stamps(), "grid": "{}"}, "/grid/transform")],
)
def test_a_field_of_a_form_that_is_wrong_is_pointed_at(
    client: httpx.Client, fields: dict[str, str], pointer: str
) -> None:
    said = problem(client.post("/nowcast", files=pictures(), data=fields), 422, "invalid-request")
    assert said["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("fields", [{"times": stamps(2)}, {"times": stamps(), "colour": "red"}, {}])
def test_fields_that_do_not_fit_the_files_are_refused(client: httpx.Client, fields: dict[str, str]) -> None:
    problem(client.post("/nowcast", files=pictures(), data=fields), 422, "bad-frames")


def test_a_grid_needs_a_picture(client: httpx.Client) -> None:
    fields = {"grid": '{"transform": [1, 0, 0, 0, -1, 0]}'}
    response = client.post("/nowcast", files={"f": ("a.nc", file(), "application/x-netcdf")}, data=fields)
    problem(response, 422, "bad-frames")


@pytest.mark.parametrize(
    ("body", "boundary"),
    [
        (b"--b--\r\n", "; boundary=b"),
        (b"no form", "; boundary=b"),
        (b"no form", ""),
        (b"--b\r\n\r\n\r\n--b--\r\n", "; boundary=b"),
        (b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nabc', "; boundary=b"),
    ],
)
def test_a_broken_form_is_refused(client: httpx.Client, body: bytes, boundary: str) -> None:
    response = client.post("/nowcast", content=body, headers={"Content-Type": f"multipart/form-data{boundary}"})
    assert response.status_code in (415, 422)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("media", "whole"),
    [
        ("application/octet-stream", file()),
        ("application/octet-stream", npz(rain=storm(2, 3, 4), times=np.array(stamps(2).split(",")))),
        ("application/json", json.dumps(tiny()).encode()),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="times"\r\n\r\n1\r\n--b--'),
    ],
)
def test_no_damage_to_a_body_makes_an_internal_error(client: httpx.Client, media: str, whole: bytes) -> None:
    rng = np.random.default_rng(1)
    for _ in range(40):
        body = bytearray(whole)
        body[rng.integers(len(whole))] = rng.integers(256)
        response = client.post("/nowcast", content=bytes(body), headers={"Content-Type": media, **ASYNC})
        assert response.status_code in (202, 413, 415, 422), response.text
