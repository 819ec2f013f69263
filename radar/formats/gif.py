"""Rain as an animated GIF, for mail, chats and other places that play nothing else. No way back to rain from here."""

import io

from PIL import Image

from radar.formats.picture import CLEAR, COLOURS, FRAME_MS, levels
from radar.frames import Frames

PALETTE = COLOURS[:, :3].tobytes()
DRY = [tuple(colour) for colour in COLOURS.tolist()].index(CLEAR)
KEEP_NOTHING = 2
"""What GIF calls it when each picture replaces the one before."""


def animation(frames: Frames) -> bytes:
    """Frames as a GIF that loops for ever: clear when dry, grey where not observed, every colour opaque."""
    first, *rest = (Image.fromarray(levels(rain)) for rain in frames.rain)
    for image in (first, *rest):
        image.putpalette(PALETTE)
    file = io.BytesIO()
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=rest,
        duration=FRAME_MS,
        loop=0,
        transparency=DRY,
        background=DRY,
        disposal=KEEP_NOTHING,
        optimize=False,
    )
    return file.getvalue()
