"""A client of RainViewer's version 2 that knows nothing of this service: give it a host.

    python rainviewer_client.py http://localhost:8000 52.0 10.0

As such clients do, it reads weather-maps.json, plays the past and then the nowcast, and puts the tiles around a place
together, with each size, colour scheme and option of theirs, then looks at the place as a widget does, and at what
radar covers. It prints how many pixels of rain it saw in each frame, and how many were covered and not.
"""

import io
import json
import math
import sys
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

from PIL import Image

ZOOM = 6
"""The closest that the free tier of RainViewer gives."""
SCHEMES = range(9)
OPTIONS = ("0_0", "0_1", "1_0", "1_1")
SIZES = (256, 512)


def main(api: str, lat: float, lon: float) -> None:
    """Play the animation, then look at one frame in every way."""
    said = json.loads(fetched(f"{api}/public/weather-maps.json"))
    assert said["version"].startswith("2.")
    frames = said["radar"]["past"] + said["radar"]["nowcast"]
    for frame in frames:
        wet = rain(picture(said["host"], frame["path"], (lat, lon), "256", "2/1_1"))
        print(frame["time"], "nowcast" if frame in said["radar"]["nowcast"] else "past", wet)
    for size, look in ways():
        seen = picture(said["host"], frames[-1]["path"], (lat, lon), size, look)
        assert seen.size == (2 * int(size), 2 * int(size))
    widget = f"256/{ZOOM}/{lat:.4f}/{lon:.4f}"
    assert rain(opened(f"{said['host']}{frames[-1]['path']}/{widget}/2/1_1.png"))
    covered = opened(f"{said['host']}/v2/coverage/0/{widget}/0/0_0.png").getchannel("A").histogram()
    assert covered[0] + covered[255] == 256 * 256
    print("covered", covered[0], covered[255])
    assert isinstance(said["satellite"]["infrared"], list)


def ways() -> Iterator[tuple[str, str]]:
    """Every size with every option, and every colour scheme."""
    yield from ((str(size), f"1/{options}") for size in SIZES for options in OPTIONS)
    yield from ((str(SIZES[0]), f"{scheme}/1_1") for scheme in SCHEMES)


def picture(host: str, path: str, place: tuple[float, float], size: str, look: str) -> Image.Image:
    """The four tiles around a place as one."""
    x, y = (round(part) - 1 for part in tile(*place))
    whole = Image.new("RGBA", (2 * int(size), 2 * int(size)))
    for right in (0, 1):
        for down in (0, 1):
            address = f"{host}{path}/{size}/{ZOOM}/{x + right}/{y + down}/{look}.png"
            whole.paste(opened(address), (right * int(size), down * int(size)))
    return whole


def opened(address: str) -> Image.Image:
    """The picture at an address."""
    return Image.open(io.BytesIO(fetched(address))).convert("RGBA")


def tile(lat: float, lon: float) -> tuple[float, float]:
    """Where a place is among the tiles, from the left and from the top."""
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return (lon + 180) / 360 * 2**ZOOM, down * 2**ZOOM


def rain(seen: Image.Image) -> int:
    """How many pixels are not clear."""
    return sum(seen.getchannel("A").histogram()[1:])


def fetched(address: str) -> Any:
    """What is at an address; anything but 200 is an error."""
    with urlopen(address, timeout=30) as answer:
        return answer.read()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
