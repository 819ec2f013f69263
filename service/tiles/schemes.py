"""Colour schemes: which colour stands for which rain rate, or for which chance of it, and their legends."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from radar.formats.picture import CLEAR, COLOURS, RATES
from radar.formats.picture import MISSING as UNSEEN
from service.errors import UnknownTile

GREYS = "606060 6e6e6e 7d7d7d 8b8b8b 9a9a9a a8a8a8 b7b7b7 c5c5c5 d4d4d4 e2e2e2 f1f1f1 ffffff"
BLUES = "dcebf7 c3daee a5c9e6 83b3da 629ccb 4685bc 2f6ca9 1f5591 154177 e0a03a d05f2a b02a2a"
REFLECTIVITY = "04e9e7 019ff4 0300f4 02fd02 01c501 008e00 fdf802 e5bc00 fd9500 fd0000 bc0000 f800fd"
"""The order of colours that forecasters know from the displays of the NEXRAD network."""
VIRIDIS = "440154 482173 433e85 38598c 2d708e 25858e 1e9b8a 2bb07f 51c56a 85d54a c2df23 fde725"
"""Rises evenly in lightness for every kind of colour vision (van der Walt and Smith 2015)."""


CHANCES = {
    0.05: (201, 214, 242, 105),
    0.1: (179, 185, 234, 140),
    0.2: (161, 149, 224, 165),
    0.3: (146, 115, 214, 185),
    0.4: (138, 79, 201, 200),
    0.5: (155, 48, 181, 215),
    0.6: (181, 31, 152, 228),
    0.7: (204, 26, 115, 240),
    0.8: (226, 45, 74, 250),
    0.9: (245, 110, 35, 255),
}
"""From this chance on, this colour: none of them stands for a rain rate that is seen often."""


@dataclass(frozen=True, eq=False)
class Scheme:
    """A colour for each level: nothing, the steps from the lowest on, not observed; units are what a legend counts in.

    steps: from this value on a level is drawn; shown: by how much a step is multiplied in the legend.
    """

    name: str
    colours: NDArray[np.uint8]
    steps: tuple[float, ...] = tuple(RATES.tolist())
    units: str = "mm/h"
    shown: float = 1

    @property
    def missing(self) -> int:
        """The level of what was not observed; 0 is nothing, and all between are steps."""
        return len(self.steps) + 1

    @property
    def marks(self) -> list[float]:
        """The steps as a legend says them."""
        return [round(step * self.shown, 3) for step in self.steps]

    def levels(self, values: ArrayLike) -> NDArray[np.uint8]:
        """The level of each value (Y, X)."""
        array = np.asarray(values, np.float32)
        found = np.searchsorted(np.array(self.steps, np.float32), array, side="right").astype(np.uint8)
        return np.where(np.isnan(array), np.uint8(self.missing), found)

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
    colours[1:-1, :3] = [list(bytes.fromhex(colour)) for colour in ramp.split()]
    return Scheme(name, colours)


HOUSE = Scheme("nowcast", COLOURS)
GREY, BLUE = ramped("grey", GREYS), ramped("blue", BLUES)
NEXRAD, EVEN = ramped("reflectivity", REFLECTIVITY), ramped("viridis", VIRIDIS)
SCHEMES = {0: GREY, 1: HOUSE, 2: BLUE, 3: HOUSE, 4: HOUSE, 5: HOUSE, 6: NEXRAD, 7: NEXRAD, 8: BLUE, 9: EVEN}
"""By number; 0 to 8 are those that RainViewer's clients ask for, each drawn with what is nearest to it."""
CHANCE = Scheme(
    "chance",
    np.array([CLEAR, *CHANCES.values(), UNSEEN], np.uint8),
    tuple(chance - 1e-6 for chance in CHANCES),  # so that a tenth is not lost to rounding between pixels
    "%",
    100,
)
COVERAGE = Scheme("coverage", np.array([CLEAR, (0, 0, 0, 255)], np.uint8), steps=())
"""Clear where a radar sees, black where none does."""
STEP, HIGH = 34, 34


def scheme(number: int) -> Scheme:
    """A scheme by its number, or UnknownTile."""
    if number not in SCHEMES:
        raise UnknownTile(f"There is no colour scheme {number}; there is 0 to {max(SCHEMES)}.")
    return SCHEMES[number]


def of(layer: str, number: int) -> Scheme:
    """The scheme of rain rates with this number, or that of chances; UnknownTile."""
    return CHANCE if layer == "chance" else scheme(number)


def legend(found: Scheme) -> bytes:
    """A scheme as a PNG to put beside a map: a box for each step and the value it begins at."""
    canvas = Image.new("RGBA", (STEP * len(found.marks) + STEP, HIGH), (255, 255, 255, 235))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(10)
    for step, (mark, colour) in enumerate(zip(found.marks, found.colours[1:-1], strict=True)):
        pen.rectangle((step * STEP, 0, step * STEP + STEP - 1, 16), tuple(int(part) for part in colour[:3]))
        pen.text((step * STEP + 2, 19), f"{mark:g}", (30, 30, 30), font)
    pen.text((len(found.marks) * STEP + 3, 19), found.units, (30, 30, 30), font)
    file = io.BytesIO()
    canvas.save(file, "PNG")
    return file.getvalue()
