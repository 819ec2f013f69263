"""The compiled kernels do what those in torch do, and are built once."""

import os
import shutil
import stat
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.lean import compiled
from model.lean.compiled import Compiled, NotCompiled
from model.lean.eager import Eager, Kernels

PRECISIONS = {"float32": (torch.float32, 2e-6), "bfloat16": (torch.bfloat16, 1e-2)}
N, ROWS, WIDTH = 5, 6, 7
"""Channels that fill no vector, and a map that is not square."""
precisions = pytest.mark.parametrize("precision", PRECISIONS)


@pytest.fixture
def library() -> Compiled:
    try:
        return compiled.load()
    except NotCompiled as error:
        pytest.skip(f"the kernels cannot be compiled here ({error}); install g++ or clang++")


def near(precision: str, ours: Tensor, theirs: Tensor) -> None:
    tolerance = PRECISIONS[precision][1]
    torch.testing.assert_close(ours.float(), theirs.float(), rtol=tolerance, atol=tolerance)


def both_of(library: Compiled) -> tuple[Kernels, Kernels]:
    return library, Eager()


def some(precision: str, *shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    """Random numbers of a precision, as a view of a map with more channels."""
    wide = scale * torch.randn(*shape[:-1], shape[-1] + 3, generator=torch.Generator().manual_seed(seed))
    return wide.to(PRECISIONS[precision][0])[..., 1:-2]


@precisions
@pytest.mark.parametrize("both", [False, True])
def test_lstm(precision: str, both: bool, library: Compiled) -> None:
    gates, more = (some(precision, ROWS, WIDTH, 4 * N, seed=seed, scale=4) for seed in (1, 2))
    states = [(some("float32", ROWS, WIDTH, N).clone(), some(precision, ROWS, WIDTH, N)) for _ in range(2)]
    for kernels, (c, h) in zip(both_of(library), states, strict=True):
        kernels.lstm(gates, more if both else None, c, h)
    (c, h), (wanted_c, wanted_h) = states
    near("float32", c, wanted_c)
    near(precision, h, wanted_h)


@precisions
def test_saturated_gates(precision: str, library: Compiled) -> None:
    gates = torch.full((1, 1, 4 * N), 1e4).to(PRECISIONS[precision][0])
    for sign in (1, -1):
        c, h = torch.ones(1, 1, N), gates[..., :N].clone()
        library.lstm(sign * gates, None, c, h)
        torch.testing.assert_close(c, torch.full_like(c, 2.0 if sign > 0 else 0.0))
        assert torch.isfinite(h).all()


@precisions
def test_gru(precision: str, library: Compiled) -> None:
    a, b = some(precision, ROWS, WIDTH, 4 * N, seed=1), some(precision, ROWS, WIDTH, 3 * N, seed=2)
    states = [(some("float32", ROWS, WIDTH, N).clone(), some(precision, ROWS, WIDTH, N)) for _ in range(2)]
    for kernels, (h, out) in zip(both_of(library), states, strict=True):
        kernels.gru(a, b, h, h, out)
    near("float32", states[0][0], states[1][0])
    near(precision, states[0][1], states[1][1])


def test_gru_leaves_the_old_state_alone(library: Compiled) -> None:
    a, b, h = (some("float32", ROWS, WIDTH, parts * N, seed=parts) for parts in (4, 3, 1))
    before = h.clone()
    for kernels in both_of(library):
        now, wanted = torch.empty_like(before), before.clone()
        kernels.gru(a, b, h, now, now)
        kernels.gru(a, b, wanted, wanted, torch.empty_like(before))
        assert torch.equal(now, wanted)
        assert torch.equal(h, before)


@precisions
def test_leaky(precision: str, library: Compiled) -> None:
    a, b = (some(precision, ROWS, WIDTH, N, seed=seed) for seed in (1, 2))
    ours, theirs = (torch.empty_like(a.contiguous()) for _ in range(2))
    library.leaky(a, b, ours)
    Eager().leaky(a, b, theirs)
    near(precision, ours, theirs)


@precisions
@pytest.mark.parametrize("stretched", [False, True])
@pytest.mark.parametrize("far", [0.0, 0.5, 20.0])
def test_warp(precision: str, stretched: bool, far: float, library: Compiled) -> None:
    h, flows = some(precision, 9, WIDTH, N), some(precision, ROWS, WIDTH, 2 * 3, seed=3, scale=far)
    ours, theirs = (torch.empty(ROWS, WIDTH, 3 * N, dtype=h.dtype) for _ in range(2))
    library.warp(h, flows, ours, 2, stretched)
    Eager().warp(h, flows, theirs, 2, stretched)
    torch.testing.assert_close(ours.float(), theirs.float(), rtol=0, atol=2e-5 if precision == "float32" else 2e-2)


@precisions
@pytest.mark.parametrize("factor", [1, 2, 3])
def test_pool(precision: str, factor: int, library: Compiled) -> None:
    h = some(precision, 2 * factor, 4 * factor, N)
    ours, theirs = (torch.empty(2, 4, N, dtype=h.dtype) for _ in range(2))
    library.pool(h, ours)
    Eager().pool(h, theirs)
    assert torch.equal(ours, theirs)


@precisions
@pytest.mark.parametrize("factor", [2, 3])
def test_grow(precision: str, factor: int, library: Compiled) -> None:
    h, skip = some(precision, 3, 2, N), some(precision, 3 * factor, 2 * factor, N, seed=1)
    ours, theirs = (torch.empty_like(skip.contiguous()) for _ in range(2))
    for added in (skip, None):
        library.grow(h, added, ours)
        Eager().grow(h, added, theirs)
        near(precision, ours, theirs)


@precisions
def test_head(precision: str, library: Compiled) -> None:
    h, weight, bias = some(precision, ROWS, WIDTH, N), torch.randn(4, N), torch.randn(4)
    ours, theirs = (torch.empty(ROWS, WIDTH, 4) for _ in range(2))
    library.head(h, weight, bias, ours)
    Eager().head(h, weight, bias, theirs)
    near("float32", ours, theirs)


@pytest.mark.parametrize("gates", PRECISIONS)
@pytest.mark.parametrize(("name", "parts"), [("remember", 3), ("highway", 2)])
@precisions
def test_memories(precision: str, name: str, parts: int, gates: str, library: Compiled) -> None:
    if (gates, precision) == ("bfloat16", "float32"):
        return  # sums are never rounded to less than what is kept
    given = some(gates, ROWS, WIDTH, parts * N, seed=1, scale=4)
    states = [(some("float32", ROWS, WIDTH, N).clone(), some(precision, ROWS, WIDTH, N)) for _ in range(2)]
    for kernels, (memory, out) in zip(both_of(library), states, strict=True):
        getattr(kernels, name)(given, memory, out)
    near("float32", states[0][0], states[1][0])
    near(precision, states[0][1], states[1][1])


@precisions
def test_replace(precision: str, library: Compiled) -> None:
    o, gates = some(precision, ROWS, WIDTH, N, seed=1), some(precision, ROWS, WIDTH, 2 * N, seed=2, scale=4)
    kept = some("float32", ROWS, WIDTH, N, seed=3, scale=2)
    states = [(some("float32", ROWS, WIDTH, N).clone(), some(precision, ROWS, WIDTH, N)) for _ in range(2)]
    for kernels, (memory, out) in zip(both_of(library), states, strict=True):
        kernels.replace(o, kept, gates, memory, out)
    near("float32", states[0][0], states[1][0])
    near(precision, states[0][1], states[1][1])


@pytest.mark.parametrize("name", ["gated", "squashed"])
@precisions
def test_outputs(precision: str, name: str, library: Compiled) -> None:
    a, b = some(precision, ROWS, WIDTH, N, seed=1, scale=9), some("float32", ROWS, WIDTH, N, seed=2, scale=2)
    ours, theirs = (torch.empty_like(a.contiguous()) for _ in range(2))
    getattr(library, name)(a, b, ours)
    getattr(Eager(), name)(a, b, theirs)
    near(precision, ours, theirs)


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and nothing loaded yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiled, "cache_folder", compiled.cache_folder.__wrapped__)
    return tmp_path


def failing(folder: Path, message: str) -> Path:
    """A compiler that only complains."""
    script = folder / "c++"
    script.write_text(f"#!/bin/sh\necho '{message}' >&2\nexit 1\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch, fresh: Path) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(NotCompiled, match="there is no C\\+\\+ compiler"):
        compiled.load.__wrapped__()


def test_a_compiler_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, fresh: Path) -> None:
    monkeypatch.setenv("CXX", str(failing(fresh, "unknown processor")))
    with pytest.raises(NotCompiled, match="unknown processor"):
        compiled.load.__wrapped__()


def test_what_was_built_is_found_again(fresh: Path, library: Compiled, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.load.__wrapped__()
    (built,) = (fresh / "nowcast").iterdir()
    before = built.stat().st_mtime_ns
    monkeypatch.setattr(compiled, "build", lambda *_: pytest.fail("built twice"))
    compiled.load.__wrapped__()
    assert built.stat().st_mtime_ns == before


def test_a_library_that_is_none_is_not_loaded(fresh: Path, library: Compiled) -> None:
    compiler = shutil.which("c++")
    assert compiler is not None
    (compiled.cache_folder() / f"kernels-{compiled.fingerprint(compiler)}.so").write_bytes(b"not a library")
    with pytest.raises(NotCompiled):
        compiled.load.__wrapped__()


def test_a_cache_that_cannot_be_written_is_a_private_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nowcast").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = compiled.cache_folder.__wrapped__()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    os.rmdir(folder)
