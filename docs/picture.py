"""Draws the picture of the README: what the radar saw after now, and what was said about it at that time.

    python docs/picture.py EVENT.nc 20 docs/nowcast.png

EVENT.nc is a radar event (CF NetCDF), 20 the number of the first frame that is not known yet.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from jobs.settings import settings
from radar.formats import netcdf
from radar.formats.hints import Hints
from radar.formats.picture import PALETTE, colour
from radar.frames import Frames, Rain, stamp
from workers.answering import answer
from workers.methods import load

LEADS = (15, 30, 45, 60)
HEIGHT, EDGE, HEAD, LEGEND = 330, 8, 26, 40
GROUND = (24, 28, 36)
INK = (235, 238, 242)
METHODS = ("ms-convlstm", "extrapolation")


def main(event: str, now: str, out: str) -> None:
    """Read, forecast, draw."""
    whole = netcdf.read(Path(event).read_bytes(), Hints())
    at, horizon = int(now), LEADS[-1] // 5
    past = replace(whole, rain=whole.rain[:at], times=whole.times[:at])
    methods = load(settings())
    rows = {"radar": whole.rain[at : at + horizon]}
    rows |= {name: answer(methods, name, [past], horizon)[0].frames.rain for name in METHODS}
    draw(past, rows).save(out, optimize=True)


def draw(past: Frames, rows: dict[str, Rain]) -> Image.Image:
    """A row for the radar and each method, a column for each lead, a legend below."""
    width = round(HEIGHT * past.grid.width / past.grid.height)
    size = (EDGE + len(LEADS) * (width + EDGE), HEAD + len(rows) * (HEIGHT + HEAD) + LEGEND)
    canvas = Image.new("RGB", size, GROUND)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(14)
    pen.text((EDGE, 5), f"known up to {stamp(past.times[-1])}", INK, font)
    for row, (name, rain) in enumerate(rows.items()):
        top = HEAD + row * (HEIGHT + HEAD)
        for column, lead in enumerate(LEADS):
            left = EDGE + column * (width + EDGE)
            panel = Image.fromarray(colour(thinned(rain[lead // 5 - 1]))).resize((width, HEIGHT), Image.Resampling.BOX)
            canvas.paste(panel, (left, top + HEAD), panel)
            pen.text((left, top + 5), f"{name} +{lead} min", INK, font)
    legend(pen, font, size[1] - LEGEND)
    return canvas


def thinned(rain: Rain) -> Rain:
    """Rain as it is; a pixel that was never observed looks like the ground."""
    return np.nan_to_num(rain)


def legend(pen: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, top: int) -> None:
    """The colours with the rain rate each begins at."""
    for step, (rate, shade) in enumerate(PALETTE):
        left = EDGE + 62 * step
        pen.rectangle((left, top + 12, left + 14, top + 26), shade[:3])
        pen.text((left + 18, top + 10), f"{rate:g}", INK, font)
    pen.text((EDGE + 62 * len(PALETTE), top + 10), "mm/h", INK, font)


if __name__ == "__main__":
    main(*sys.argv[1:])
