"""Tiles of chances, of other methods and of earlier times, and of what cannot be read, over HTTP."""

from datetime import datetime
from typing import Any

import httpx
import numpy as np
import pytest

from jobs import keys
from jobs.archive import Archive
from jobs.history import seconds
from jobs.settings import Settings
from jobs.store import Store
from radar.chances import Chances
from radar.formats.picture import MISSING
from radar.frames import Frames, stamp
from radar.nowcast import Nowcast, future_times
from service.tiles.schemes import CHANCES
from tests.regions import STEP, now
from tests.service.map_client import HERE, around, pixels, shown, striped, tile
from tests.service.problem import problem
from tests.service.region_client import URL, put
from tests.waiting import until

Z = 7
X, Y = around(HERE, Z)
EAST, NORTH = around((HERE[0] + 0.5, HERE[1]), 12), around((HERE[0], HERE[1] + 1.0), 12)


@pytest.fixture
def mapped(client: httpx.Client, settings: Settings) -> httpx.Client:
    """A client of a gateway with a region, two steps of whose nowcasts are archived, by two methods each."""
    shown(client, striped(3, 2, 1, 0))
    archive = Archive.of(settings)
    for steps in (2, 0):
        for amount, method in ((6.0, "persistence"), (50.0, "extrapolation")):
            archive.put("here", said(steps, amount, method))
    seen = striped(1)
    archive.put_frame("here", seen.times[0], seen.rain[0], seen.grid)
    return client


def said(steps: int, amount: float, method: str) -> Nowcast:
    """A nowcast so many steps ago: the same rain everywhere for two leads, three in ten sure of 1 mm/h, never of 5."""
    seen = striped(steps)
    rain = np.full((2, *seen.grid.shape), amount, np.float32)
    chances = np.stack([np.full_like(rain, 0.35), np.zeros_like(rain)])
    frames = Frames(rain, future_times(seen, 2), seen.grid)
    made_by = Chances((1.0, 5.0), chances, "neighbourhood")
    return Nowcast(frames, method, "1", method, seen.times, chances=made_by)


def listed(client: httpx.Client, **query: object) -> dict[str, Any]:
    answer = client.get(f"{URL}/tiles.json", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def drawn(client: httpx.Client, template: str, place: tuple[int, int] = EAST, more: str = "") -> Any:
    """The colour in the middle of a small tile behind a template."""
    x, y = place
    answer = client.get(template.format(z=12, x=x, y=y) + more)
    return tuple(pixels(answer)[128, 128].tolist())


def test_the_list_says_whose_nowcast_it_is_and_whose_there_are(mapped: httpx.Client) -> None:
    found = listed(mapped)
    assert found["run"] == {
        "method": "persistence",
        "version": "1",
        "asked_for": "persistence",
        "fallback_reason": None,
        "reference_time": stamp(now()),
        "thresholds": [],
        "methods": ["extrapolation", "persistence"],
    }
    assert found["kept_since"] == stamp(now() - STEP)
    assert [frame["came"] for frame in found["frames"]] == [None] * 7


def test_the_map_goes_on_while_the_archive_is_away(mapped: httpx.Client, settings: Settings) -> None:
    archive = settings.data / "archive"
    archive.rename(settings.data / "elsewhere")
    archive.write_text("no folder")
    found = listed(mapped)
    assert (found["run"]["method"], found["run"]["methods"], found["kept_since"]) == ("persistence", [], None)


def test_another_method_has_tiles_of_its_own(mapped: httpx.Client) -> None:
    found = listed(mapped, method="extrapolation")
    assert (found["run"]["method"], found["run"]["reference_time"]) == ("extrapolation", stamp(now()))
    assert [frame["kind"] for frame in found["frames"]] == ["observed"] * 4 + ["nowcast"] * 2
    own = listed(mapped)["frames"][4]["tiles"]
    other = found["frames"][4]["tiles"]
    assert own != other
    assert drawn(mapped, own) != drawn(mapped, other)
    x, y = EAST
    assert "immutable" in mapped.get(other.format(z=12, x=x, y=y)).headers["cache-control"]


def test_an_earlier_time_shows_what_was_said_then_and_what_came(mapped: httpx.Client) -> None:
    found = listed(mapped, at=stamp(now() - STEP))
    begun = now() - 2 * STEP
    assert found["run"]["reference_time"] == stamp(begun)
    assert [frame["time"] for frame in found["frames"]] == [stamp(begun + n * STEP) for n in (-1, 0, 1, 2)]
    first = found["frames"][2]
    assert (first["kind"], drawn(mapped, first["tiles"])) == ("nowcast", drawn(mapped, first["tiles"], NORTH))
    assert drawn(mapped, first["came"]) == drawn(mapped, listed(mapped)["frames"][2]["tiles"])
    assert drawn(mapped, first["came"], NORTH) == MISSING


def test_a_chance_is_drawn_in_colours_of_its_own(mapped: httpx.Client) -> None:
    found = listed(mapped, method="extrapolation")
    assert found["run"]["thresholds"] == [1, 5]
    template = found["frames"][-1]["tiles"]
    assert drawn(mapped, template, more="&threshold=1") == CHANCES[0.3]
    assert drawn(mapped, template, more="&threshold=5") == (0, 0, 0, 0)
    x, y = EAST
    address = template.format(z=12, x=x, y=y)
    tags = {mapped.get(address + more).headers["etag"] for more in ("", "&threshold=1", "&threshold=5")}
    assert len(tags) == 3


def test_a_chance_nobody_said_is_unknown(mapped: httpx.Client) -> None:
    at = stamp(now() + STEP)
    refused = problem(tile(mapped, at, Z, X, Y, threshold=3, method="extrapolation"), 404, "unknown-tile")
    assert "there are chances of 1, 5" in refused["detail"]
    problem(tile(mapped, stamp(now()), Z, X, Y, threshold=1), 404, "unknown-tile")
    problem(tile(mapped, at, Z, X, Y, threshold="much"), 422, "invalid-request")
    problem(tile(mapped, at, Z, X, Y, threshold="nan", method="extrapolation"), 404, "unknown-tile")


def test_what_is_not_archived_is_said_to_be_unknown(mapped: httpx.Client) -> None:
    problem(mapped.get(f"{URL}/tiles.json", params={"method": "crystal-ball"}), 404, "not-archived")
    problem(mapped.get(f"{URL}/tiles.json", params={"at": "2016-09-28T14:45:00Z"}), 404, "not-archived")
    problem(mapped.get(f"{URL}/tiles.json", params={"at": "yesterday"}), 422, "invalid-request")
    problem(mapped.get(f"{URL}/tiles.json", params={"at": "0001-01-01T00:00:00+23:00"}), 422, "bad-frames")
    problem(tile(mapped, stamp(now() + STEP), Z, X, Y, method="crystal-ball"), 404, "not-archived")
    put(mapped, "empty")
    problem(mapped.get("/regions/empty/tiles.json", params={"method": "persistence"}), 404, "not-archived")


def test_the_legend_of_chances_counts_in_per_cent(idle: httpx.Client) -> None:
    found = idle.get("/tiles/legend.json", params={"layer": "chance"}).json()
    assert found["units"] == "%"
    assert [step["value"] for step in found["steps"]] == [5, 10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert pixels(idle.get("/tiles/legend.png", params={"layer": "chance"})).any()
    problem(idle.get("/tiles/legend.json", params={"layer": "snow"}), 422, "invalid-request")


def test_a_place_may_be_asked_what_was_said_of_it_then_and_what_came(mapped: httpx.Client) -> None:
    place: dict[str, Any] = {"lon": HERE[0] + 0.5, "lat": HERE[1], "at": stamp(now() - 2 * STEP)}
    then = mapped.get(f"{URL}/point", params={**place, "method": "extrapolation"}).json()
    assert (then["method"], then["reference_time"], then["points"][0]["rain"]) == (
        "extrapolation",
        place["at"],
        [50, 50],
    )
    came = mapped.get(f"{URL}/observed", params={**place, "ahead": 1}).json()
    assert [datetime.fromisoformat(time) - now() for time in came["times"]] == [n * STEP for n in (-3, -2, -1, 0)]
    assert mapped.get(f"{URL}/observed", params=place).json()["rain"] == came["rain"][:2]
    problem(mapped.get(f"{URL}/point", params={**place, "method": "crystal-ball"}), 404, "not-archived")


def test_a_damaged_frame_is_drawn_as_missing(mapped: httpx.Client, store: Store) -> None:
    _, frames, about = keys.history("here")
    store.redis.hset(frames, str(seconds(now() - STEP)), b"NCQ1 no frame at all")
    store.redis.hincrby(about, "revision", 1)
    until(lambda: damaged(mapped))
    assert drawn(mapped, listed(mapped)["frames"][3]["tiles"]) != MISSING
    east = {"lon": HERE[0] + 0.5, "lat": HERE[1]}
    assert mapped.get(f"{URL}/observed", params=east).json()["rain"][2] is None
    assert mapped.get(f"{URL}/point", params=east).json()["points"][0]["rain"][0] > 0
    assert mapped.get(f"{URL}/accumulation").json()["max"] > 0


def damaged(client: httpx.Client) -> bool:
    """True once the tiles of the last frame but one are of the frame that has been spoilt."""
    template = listed(client)["frames"][2]["tiles"]
    x, y = EAST
    kept = client.get(template.format(z=12, x=x, y=y)).headers["cache-control"]
    return "immutable" in kept and drawn(client, template) == MISSING


def test_a_damaged_nowcast_takes_nothing_of_the_past_away(mapped: httpx.Client, store: Store) -> None:
    before = listed(mapped)["frames"]
    store.redis.set(keys.latest("here")[0], b"NCB2\x04\x00\x00\x00none")
    store.redis.hset(keys.latest("here")[1], "id", "another")
    until(lambda: len(listed(mapped)["frames"]) == 4)
    assert listed(mapped)["frames"] == before[:4]
    assert drawn(mapped, before[3]["tiles"]) != MISSING
    answer = tile(mapped, stamp(now() + STEP), Z, X, Y)
    problem(answer, 404, "unknown-frame")


def test_a_damaged_archive_is_drawn_as_missing(mapped: httpx.Client, settings: Settings) -> None:
    template = listed(mapped, method="extrapolation")["frames"][-1]["tiles"]
    (path,) = settings.data.glob(f"archive/here/*/*/*/{now():%Y%m%dT%H%M%SZ}-nowcast-extrapolation.nc")
    path.write_bytes(b"no NetCDF")
    assert drawn(mapped, template) == MISSING
