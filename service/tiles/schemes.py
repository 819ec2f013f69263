"""Colour schemes: which colour stands for which rain rate, and their legend."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from radar.formats.picture import COLOURS, RATES
from service.errors import UnknownTile

MISSING = len(RATES) + 1
"""The level of what was not observed; 0 is dry, and all between are rain."""
GREYS = "606060 6e6e6e 7d7d7d 8b8b8b 9a9a9a a8a8a8 b7b7b7 c5c5c5 d4d4d4 e2e2e2 f1f1f1 ffffff"
BLUES = "dcebf7 c3daee a5c9e6 83b3da 629ccb 4685bc 2f6ca9 1f5591 154177 e0a03a d05f2a b02a2a"
REFLECTIVITY = "04e9e7 019ff4 0300f4 02fd02 01c501 008e00 fdf802 e5bc00 fd9500 fd0000 bc0000 f800fd"
"""The order of colours that forecasters know from the displays of the NEXRAD network."""
VIRIDIS = "440154 482173 433e85 38598c 2d708e 25858e 1e9b8a 2bb07f 51c56a 85d54a c2df23 fde725"
"""Rises evenly in lightness for every kind of colour vision (van der Walt and Smith 2015)."""


@dataclass(frozen=True)
class Scheme:
    """A colour for each level: dry, the rain rates of the house from the lightest on, not observed."""

    name: str
    colours: NDArray[np.uint8]

    @property
    def rgb(self) -> bytes:
        """As a PNG's palette has it."""
        return self.colours[:, :3].tobytes()

    @property
    def opacity(self) -> bytes:
        """As a PNG's transparency has it."""
        return self.colours[:, 3].tobytes()


def ramped(name: str, ramp: str) -> Scheme:
    """A scheme of other colours, rrggbb for each rain rate, as opaque as those of the house."""
    colours = COLOURS.copy()
    colours[1:MISSING, :3] = [list(bytes.fromhex(colour)) for colour in ramp.split()]
    return Scheme(name, colours)


HOUSE = Scheme("nowcast", COLOURS)
GREY, BLUE = ramped("grey", GREYS), ramped("blue", BLUES)
NEXRAD, EVEN = ramped("reflectivity", REFLECTIVITY), ramped("viridis", VIRIDIS)
SCHEMES = {0: GREY, 1: HOUSE, 2: BLUE, 3: HOUSE, 4: HOUSE, 5: HOUSE, 6: NEXRAD, 7: NEXRAD, 8: BLUE, 9: EVEN}
"""By number; 0 to 8 are those that RainViewer's clients ask for, each drawn with what is nearest to it."""
STEP, HIGH = 34, 34


def scheme(number: int) -> Scheme:
    """A scheme by its number, or UnknownTile."""
    if number not in SCHEMES:
        raise UnknownTile(f"There is no colour scheme {number}; there is 0 to {max(SCHEMES)}.")
    return SCHEMES[number]


def legend(number: int) -> bytes:
    """A scheme as a PNG to put beside a map: a box for each rain rate in mm/h it begins at."""
    found = scheme(number)
    canvas = Image.new("RGBA", (STEP * len(RATES) + STEP, HIGH), (255, 255, 255, 235))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(10)
    for step, (rate, colour) in enumerate(zip(RATES, found.colours[1:-1], strict=True)):
        pen.rectangle((step * STEP, 0, step * STEP + STEP - 1, 16), tuple(int(part) for part in colour[:3]))
        pen.text((step * STEP + 2, 19), f"{rate:g}", (30, 30, 30), font)
    pen.text((len(RATES) * STEP + 3, 19), "mm/h", (30, 30, 30), font)
    file = io.BytesIO()
    canvas.save(file, "PNG")
    return file.getvalue()
