"""Builds the kernels in C++ with the compiler of this machine, keeps the result on disk, and calls it."""

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch
from torch import Tensor

SOURCES = tuple(Path(__file__).with_name(name) for name in ("kernels.cpp", "memories.cpp", "tiles.cpp", "kernels.h"))
FLAGS = ("-std=c++17", "-O3", "-march=native", "-fopenmp", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")
WIDEST = ("-mprefer-vector-width=512",) if platform.machine() in ("x86_64", "AMD64") else ()
"""Not -ffast-math: the kernels must let NaN through."""
PRECISIONS = {torch.float32: "float32", torch.bfloat16: "bfloat16"}


class NotCompiled(Exception):
    """There is no library, and why."""


class Map(ctypes.Structure):
    """As in kernels.h: a map (rows, width, channels) whose channels lie side by side."""

    _fields_ = (("data", ctypes.c_void_p), ("row", ctypes.c_int64), ("pixel", ctypes.c_int64))

    @classmethod
    def of(cls, tensor: Tensor) -> "Map":
        """The map that a tensor is."""
        row, pixel, channel = tensor.stride()
        assert channel == 1 or tensor.shape[2] == 1, "channels must lie side by side"
        return cls(tensor.data_ptr(), row, pixel)


class Compiled:
    """The kernels of a library; see model.lean.eager.Kernels."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        self.tiles = bool(library.tiles())
        """True where the processor has matrix tiles, and this process may use them."""

    def call(self, name: str, precision: torch.dtype, *arguments: Any) -> None:
        """Run a kernel in a precision, on as many threads as torch has."""
        self.run(f"{name}_{PRECISIONS[precision]}", *arguments)

    def run(self, name: str, *arguments: Any) -> None:
        """Run a function of the library, likewise."""
        kernel = getattr(self.library, name)
        kernel(*(argument(value) for value in arguments), ctypes.c_int(torch.get_num_threads()))

    def lstm(self, gates: Tensor, more: Tensor | None, c: Tensor, h: Tensor) -> None:
        self.call("lstm", h.dtype, gates, more, c, h, *h.shape)

    def gru(self, a: Tensor, b: Tensor, h: Tensor, now: Tensor, out: Tensor) -> None:
        self.call("gru", out.dtype, a, b, h, now, out, *h.shape)

    def leaky(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        self.call("leaky", out.dtype, a, b, out, *out.shape)

    def warp(self, h: Tensor, flows: Tensor, out: Tensor, first: int, stretched: bool) -> None:
        (height, width, n), links = h.shape, flows.shape[2] // 2
        size = first, len(out), height, width, n, links
        self.call("warp", h.dtype, h, flows, out, *stretching(height, width, stretched), *size)

    def pool(self, h: Tensor, out: Tensor) -> None:
        self.call("pool", h.dtype, h, out, *out.shape, len(h) // len(out))

    def grow(self, h: Tensor, skip: Tensor | None, out: Tensor) -> None:
        self.call("grow", h.dtype, h, skip, out, *out.shape, len(out) // len(h))

    def head(self, h: Tensor, weight: Tensor, bias: Tensor, out: Tensor) -> None:
        pointers = (ctypes.c_void_p(weight.data_ptr()), ctypes.c_void_p(bias.data_ptr()))
        self.call("head", h.dtype, h, out, *pointers, *h.shape, len(weight))

    def remember(self, gates: Tensor, memory: Tensor, out: Tensor) -> None:
        self.pair("remember", gates, memory, out)

    def replace(self, o: Tensor, kept: Tensor, gates: Tensor, memory: Tensor, out: Tensor) -> None:
        self.pair("replace", o, kept, gates, memory, out)

    def highway(self, gates: Tensor, z: Tensor, out: Tensor) -> None:
        self.pair("highway", gates, z, out)

    def gated(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        self.pair("gated", a, b, out)

    def squashed(self, a: Tensor, b: Tensor, out: Tensor) -> None:
        self.pair("squashed", a, b, out)

    def pair(self, name: str, gates: Tensor, *maps: Tensor) -> None:
        """Run a kernel that reads gates of one precision and writes the last of its maps in another."""
        out = maps[-1]
        self.run(f"{name}_{PRECISIONS[gates.dtype]}_{PRECISIONS[out.dtype]}", gates, *maps, *out.shape)


def stretching(height: int, width: int, stretched: bool) -> tuple[Any, Any]:
    """By how much places (x, y) are stretched and shifted where the reference's warp is wanted."""
    factors = [size / max(size - 1, 1) if stretched else 1.0 for size in (width, height)]
    shift = -0.5 if stretched else 0.0
    return (ctypes.c_float * 2)(*factors), (ctypes.c_float * 2)(shift, shift)


def argument(value: Any) -> Any:
    """A value as C takes it."""
    if value is None:
        return Map(None, 0, 0)
    if isinstance(value, Tensor):
        return Map.of(value)
    return ctypes.c_int64(value) if isinstance(value, int) else value


@cache
def load() -> Compiled:
    """The kernels, built once for a source, compiler and processor; NotCompiled with the reason if they cannot be."""
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        raise NotCompiled("there is no C++ compiler")
    library = cache_folder() / f"kernels-{fingerprint(compiler)}.so"
    if not library.exists():
        build(compiler, library)
    try:
        return Compiled(ctypes.CDLL(str(library)))
    except OSError as error:
        raise NotCompiled(str(error)) from error


def fingerprint(compiler: str) -> str:
    """Changes with the source, the flags, the compiler and what the processor can: its macros name the last two."""
    macros = run(compiler, "-march=native", "-dM", "-E", "-x", "c++", os.devnull)
    return hashlib.sha256(source() + repr((FLAGS, WIDEST)).encode() + macros).hexdigest()[:16]


def source() -> bytes:
    """All that is compiled."""
    return b"".join(path.read_bytes() for path in SOURCES)


def build(compiler: str, library: Path) -> None:
    """Compile to a name of our own, then rename: processes that start together do not disturb one another."""
    part = library.with_name(f"{library.name}.{os.getpid()}.part")
    try:
        units = [str(path) for path in SOURCES if path.suffix == ".cpp"]
        run(compiler, *FLAGS, *WIDEST, *units, "-o", str(part))
        part.replace(library)
    finally:
        part.unlink(missing_ok=True)


def run(*command: str) -> bytes:
    """What a command says; NotCompiled when it fails."""
    try:
        return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        raise NotCompiled(said.decode(errors="replace").strip().partition("\n")[0]) from error


@cache
def cache_folder() -> Path:
    """Where results outlive a process: a folder only this user writes to, or else one that ends with the process."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        folder = home / "nowcast"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK) and folder.stat().st_uid == os.getuid():
            return folder
    except OSError:
        pass
    return Path(mkdtemp(prefix="nowcast-"))
