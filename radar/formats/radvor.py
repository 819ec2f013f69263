"""RADVOR: a tar of RADOLAN files, one nowcast of the Deutscher Wetterdienst; lead 0 in it is the observation."""

import io
import tarfile
from datetime import timedelta

import numpy as np

from radar.errors import BadFrames
from radar.formats import radolan
from radar.formats.hints import Hints
from radar.formats.radolan import Header
from radar.formats.untrusted import untrusted
from radar.formats.wrapping import Unpacking, is_tar, untarred, unwrapped
from radar.frames import Frames
from radar.nowcast import Nowcast

MAX_LEADS = 64
METHOD = "radvor"
NO_HINTS = Hints()


def sniff(data: bytes) -> bool:
    """True for a tar whose first file is RADOLAN with a lead time."""
    if not is_tar(data):
        return False
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            first = archive.next()
    except (tarfile.TarError, ValueError, EOFError):
        return False
    head = data[first.offset_data :][: radolan.HEAD] if first else b""
    text = head.partition(radolan.END_OF_HEADER)[0].decode("latin-1")
    return radolan.sniff(head) and radolan.LEAD.search(text) is not None


@untrusted("RADVOR")
def read(data: bytes, _: Hints = NO_HINTS) -> Frames:
    """The observation that the nowcast begins with, at the time of the run; the forecasts are left out."""
    found = next((part for part in parts_of(data) if part[0].lead == 0), None)
    if found is None:
        raise BadFrames("The RADVOR archive holds no lead time 0, which is the observation.")
    header, content = found
    return radolan.frame_of(content, header)


@untrusted("RADVOR")
def read_nowcast(data: bytes) -> Nowcast:
    """The whole nowcast, to be compared with others: the tar, or the tar.bz2 as it is published.

    BadFrames where its leads are not one after another at one cadence.
    """
    ((_, archive),) = unwrapped(("", data), sniff, Unpacking())
    parts = sorted((part for part in parts_of(archive) if part[0].lead), key=lambda part: part[0].lead)
    if not parts:
        raise BadFrames("The RADVOR archive holds no forecast.")
    run, product = parts[0][0].time, parts[0][0].product
    if any((header.time, header.product) != (run, product) for header, _ in parts):
        raise BadFrames("The RADVOR archive holds several runs or products.")
    single = [radolan.frame_of(content, header) for header, content in parts]
    frames = Frames(
        np.concatenate([frame.rain for frame in single]),
        tuple(run + timedelta(minutes=header.lead) for header, _ in parts),
        single[0].grid,
    )
    return Nowcast(frames=frames, method=METHOD, version=product, asked_for=METHOD, input_times=(run,))


def parts_of(data: bytes) -> list[tuple[Header, bytes]]:
    """Header and bytes of every file of an unpacked tar."""
    return [(radolan.header_of(content), content) for _, content in untarred("", data, Unpacking(MAX_LEADS))]
