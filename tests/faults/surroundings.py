"""What a machine does to the service: a disk that can be full, a clock that can be set."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
DISK_MIB = 64


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A disk of some MiB at a folder, in memory; False, and a plain folder, where none may be mounted."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not a byte is free on the disk of a folder."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(2**16))
        yield
    finally:
        ballast.unlink(missing_ok=True)


class Clock:
    """The wall clock of every process that was started with its environment."""

    def __init__(self, folder: Path) -> None:
        self.offset, self.library = folder / "clock", folder / "clock.so"
        self.set(0)

    def set(self, seconds: int) -> None:
        """Let it be so many seconds ahead of the true one, or behind."""
        with self.offset.open("r+b" if self.offset.exists() else "w+b") as file:
            file.write(struct.pack("l", seconds))

    @property
    def there(self) -> bool:
        """True once it is built; it takes a C compiler."""
        compiler = shutil.which("cc")
        if compiler and not self.library.exists():
            subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", self.library, SOURCE], check=True)
        return self.library.exists()

    def environment(self) -> dict[str, str]:
        """What a process is started with so that it goes by this clock; nothing where it cannot be built."""
        return {"LD_PRELOAD": str(self.library), "NOWCAST_TEST_CLOCK": str(self.offset)} if self.there else {}
