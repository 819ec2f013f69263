"""Damage to files, by a seed: every mutant can be made again from the name of its file and its number."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

from radar.formats.wrapping import ZIP
from tests.hostile.seeds import FILES

HEAD = 600
"""Bytes of a head: half of the damage is done there, where sizes, offsets and types are declared."""
PNG = b"\x89PNG\r\n\x1a\n"
LIES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
DIGITS = b"0123456789"

Damage = Callable[[bytearray, random.Random], None]


def mutant(name: str, number: int) -> bytes:
    """The mutant of a file that has this number."""
    chance = random.Random(f"{name} {number}")
    whole = FILES[name]
    return within(whole, chance) if chance.random() < 0.3 else damaged(whole, chance)


def damaged(whole: bytes, chance: random.Random) -> bytes:
    """Bytes with up to eight kinds of damage."""
    data = bytearray(whole)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        chance.choice(DAMAGES)(data, chance)
    return bytes(data)


def place(data: bytearray, chance: random.Random) -> int:
    """Where to do damage: anywhere, or in the head."""
    return chance.randrange(min(len(data), HEAD) if chance.random() < 0.5 else len(data)) if data else 0


def flip(data: bytearray, chance: random.Random) -> None:
    """Other bits in one byte."""
    if data:
        data[place(data, chance)] ^= chance.randrange(1, 256)


def lie(data: bytearray, chance: random.Random) -> None:
    """A number of 1 to 8 bytes that is at the edge of something, in either order of bytes."""
    at, size = place(data, chance), chance.choice((1, 2, 4, 8))
    data[at : at + size] = (chance.choice(LIES) % 256**size).to_bytes(size, chance.choice(("little", "big")))


def count_up(data: bytearray, chance: random.Random) -> None:
    """A digit of a number written as text becomes another, or many nines."""
    at = next((at for at in range(place(data, chance), len(data)) if data[at] in DIGITS), None)
    if at is not None:
        data[at : at + 1] = chance.choice((b"0", b"9", b"-", b"99999999", b"1e99"))


def cut(data: bytearray, chance: random.Random) -> None:
    """The end is gone."""
    del data[place(data, chance) :]


def drop(data: bytearray, chance: random.Random) -> None:
    """Some bytes are gone."""
    at = place(data, chance)
    del data[at : at + chance.randrange(1, 64)]


def repeat(data: bytearray, chance: random.Random) -> None:
    """Some bytes come twice, or many times."""
    at = place(data, chance)
    data[at:at] = data[at : at + chance.randrange(1, 64)] * chance.choice((1, 1, 50))


def splice(data: bytearray, chance: random.Random) -> None:
    """Some bytes of another file."""
    other = FILES[chance.choice(list(FILES))]
    at, begin = place(data, chance), chance.randrange(min(len(other), HEAD))
    data[at : at + 64] = other[begin : begin + chance.randrange(1, 256)]


DAMAGES: tuple[Damage, ...] = (flip, flip, lie, lie, count_up, cut, drop, repeat, splice)


def within(whole: bytes, chance: random.Random) -> bytes:
    """Damage below checksums and compression, where the container allows it."""
    if whole.startswith(ZIP):
        return within_zip(whole, chance)
    if whole.startswith(PNG):
        return within_png(whole, chance)
    return damaged(whole, chance)


def within_zip(whole: bytes, chance: random.Random) -> bytes:
    """One file of a zip damaged, and packed again."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    victim = chance.choice(list(files))
    files[victim] = within(files[victim], chance)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def within_png(whole: bytes, chance: random.Random) -> bytes:
    """One chunk of a PNG damaged, with the checksum that belongs to it."""
    chunks, at = [], len(PNG)
    while at < len(whole):
        (size,) = struct.unpack_from(">I", whole, at)
        chunks.append((whole[at + 4 : at + 8], whole[at + 8 : at + 8 + size]))
        at += size + 12
    victim = chance.randrange(len(chunks))
    kind, content = chunks[victim]
    chunks[victim] = kind, repacked(content, chance) if kind == b"IDAT" else damaged(content, chance)
    return PNG + b"".join(struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)


def repacked(content: bytes, chance: random.Random) -> bytes:
    """Damaged pixels, or a bomb of them."""
    plain = bytes(2**24) if chance.random() < 0.02 else damaged(zlib.decompress(content), chance)
    return zlib.compress(plain)
