"""A client that was written for RainViewer runs against this service with another host, and nothing else."""

import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np

from tests.regions import now
from tests.service.map_client import HERE, around, pixels, shown, striped
from tests.service.problem import problem

COVERAGE = "/v2/coverage/0/256"
CLIENT = Path(__file__).with_name("rainviewer_client.py")


def test_an_existing_client_runs_unchanged(client: httpx.Client) -> None:
    shown(client, striped(2, 1, 0))
    host = str(client.base_url).rstrip("/")
    command = [sys.executable, str(CLIENT), host, str(HERE[1]), str(HERE[0])]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=250)
    assert ran.returncode == 0, ran.stderr
    *rows, covered = [line.split() for line in ran.stdout.splitlines()]
    at = int(now().timestamp())
    assert [int(time) - at for time, _, _ in rows] == [-600, -300, 0, 300, 600, 900]
    assert [kind for _, kind, _ in rows] == ["past"] * 3 + ["nowcast"] * 3
    assert all(int(wet) > 0 for _, _, wet in rows)
    assert all(int(count) > 0 for count in covered[1:])


def test_a_picture_around_a_place_is_put_together_of_tiles(client: httpx.Client) -> None:
    shown(client, striped(1, 0))
    path = client.get("/public/weather-maps.json").json()["radar"]["past"][-1]["path"]
    x, y = (part + 1 for part in around(HERE, 7))
    corner = f"{np.degrees(np.arctan(np.sinh(np.pi * (1 - y / 64)))):.12f}/{x / 64 * 180 - 180:.12f}"
    rows = [[pixels(client.get(f"{path}/256/7/{x + i}/{y + j}/1/1_1.png")) for i in (-1, 0)] for j in (-1, 0)]
    whole = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    found = pixels(client.get(f"{path}/256/7/{corner}/1/1_1.png"))
    np.testing.assert_array_equal(found, whole[128:384, 128:384])
    assert found[..., 3].any()


def test_what_no_radar_sees_is_black(client: httpx.Client) -> None:
    assert pixels(client.get(f"{COVERAGE}/0/0/0/0/0_0.png"))[..., 3].min() == 255
    shown(client, striped(1, 0))
    seen = pixels(client.get(f"{COVERAGE}/6/{HERE[1]:.4f}/{HERE[0]:.4f}/0/0_0.png"))
    assert (seen[128, 128, 3], seen[0, 0, 3], seen[40, 128, 3]) == (0, 255, 255)
    assert not seen[..., :3][seen[..., 3] > 0].any()


def test_places_beyond_the_map_have_no_picture(client: httpx.Client) -> None:
    shown(client, striped(1, 0))
    for wrong in ("6/86.0/10.0", "6/52.0/180.5", "13/52.0/10.0", "99999999/52.0/10.0"):
        problem(client.get(f"{COVERAGE}/{wrong}/0/0_0.png"), 404, "unknown-tile")
    problem(client.get(f"{COVERAGE}/6/north/10.0/0/0_0.png"), 422, "invalid-request")
    for z, place in ((0, "0.0/179.9"), (0, "85.0/-180.0"), (1, "-85.0/180.0")):
        assert pixels(client.get(f"{COVERAGE}/{z}/{place}/0/0_0.png")).shape == (256, 256, 4)
