"""Takes out of an HDF5 file when it was written: equal frames are then equal bytes, as an ETag promises.

The netCDF library has no way to leave these stamps out. Layout: HDF5 File Format Specification 3.0, IV.A.1.b; the
checksum is Bob Jenkins' lookup3 (2006, public domain).
"""

MAGIC = b"OHDR\x02"
TIMES, PHASE = 0x20, 0x10
"""Flags of an object's header: it has four times of 4 bytes; it has two limits of 2 bytes."""
TIMES_AT, TIMES_LENGTH = 6, 16
WORD = 2**32 - 1


def unstamped(data: bytes) -> bytes:
    """The file with every time of writing set to 0."""
    file, at = bytearray(data), data.find(MAGIC)
    while at >= 0:
        unstamp(file, at)
        at = data.find(MAGIC, at + 1)
    return bytes(file)


def unstamp(file: bytearray, at: int) -> None:
    """Set the times of the header at this place to 0; what is no header, which its checksum tells, stays as it is."""
    flags = int.from_bytes(file[at + 5 : at + 6], "little")
    size_at = at + TIMES_AT + TIMES_LENGTH * bool(flags & TIMES) + 4 * bool(flags & PHASE)
    width = 1 << (flags & 3)
    end = size_at + width + int.from_bytes(file[size_at : size_at + width], "little")
    if flags & TIMES and file[end : end + 4] == checksum(bytes(file[at:end])):
        file[at + TIMES_AT : at + TIMES_AT + TIMES_LENGTH] = bytes(TIMES_LENGTH)
        file[end : end + 4] = checksum(bytes(file[at:end]))


def checksum(data: bytes) -> bytes:
    """Jenkins' lookup3 of some bytes, as HDF5 writes it."""
    a = b = c = (0xDEADBEEF + len(data)) & WORD
    blocks = [data[at : at + 12].ljust(12, b"\0") for at in range(0, len(data), 12)]
    for number, block in enumerate(blocks, 1):
        a = (a + int.from_bytes(block[:4], "little")) & WORD
        b = (b + int.from_bytes(block[4:8], "little")) & WORD
        c = (c + int.from_bytes(block[8:], "little")) & WORD
        a, b, c = mixed(a, b, c) if number < len(blocks) else final(a, b, c)
    return c.to_bytes(4, "little")


def rotated(word: int, bits: int) -> int:
    """A word of 32 bits with its bits moved round."""
    return ((word << bits) | (word >> (32 - bits))) & WORD


def mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    """Between two blocks."""
    for bits in (4, 6, 8, 16, 19, 4):
        a = ((a - c) & WORD) ^ rotated(c, bits)
        a, b, c = b, (c + b) & WORD, a
    return a, b, c


def final(a: int, b: int, c: int) -> tuple[int, int, int]:
    """After the last block."""
    for bits in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - rotated(b, bits)) & WORD
        a, b, c = b, c, a
    return c, a, b
