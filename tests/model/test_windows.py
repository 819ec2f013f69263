"""Training windows: whole in time, inside the grid, the same for the same seed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from model.events import Event, load
from model.windows import Windows, turned
from radar.errors import BadInput
from radar.frames import Rain
from radar.rain import encode
from tests.model.samples import blob, event_file, times

MINUTES = (0, 5, 10, 15, 40, 45, 50, 55, 60)
"""Nine frames with a hole after the fourth."""


def event(rain: Rain, folder: Path, name: str = "a") -> Event:
    return load(event_file(folder / f"{name}.nc", rain, range(0, 5 * len(rain), 5)))


def numbered(count: int, side: int, step: int = 100) -> Event:
    """An event whose pixels are all different within a frame, and by `step` from frame to frame modulo 256."""
    place = np.arange(side * side, dtype=np.uint8).reshape(side, side)
    pixels = place + np.uint8(step) * np.arange(count, dtype=np.uint8)[:, None, None]
    return Event("numbered", pixels, pixels % 2 == 0, times(count), times(2)[1] - times(1)[0])


def bytes_of(pixels: Tensor) -> Tensor:
    return (pixels * 255).round().long()


def test_shapes_and_kinds(tmp_path: Path) -> None:
    pixels, observed = Windows([event(blob(6, 9, 12), tmp_path)], length=4, crop=8, seed=0).batch(3)
    assert pixels.shape == observed.shape == (3, 4, 1, 8, 8)
    assert pixels.dtype == torch.float32
    assert observed.dtype == torch.bool
    assert 0 <= pixels.min() < pixels.max() <= 1


def test_a_window_never_spans_a_hole(tmp_path: Path) -> None:
    rain = np.repeat(np.arange(1, 10, dtype=np.float32), 16).reshape(9, 4, 4)
    windows = Windows([load(event_file(tmp_path / "a.nc", rain, MINUTES))], length=3, crop=4, seed=0)
    pixels, _ = windows.batch(200)
    said = torch.from_numpy(np.asarray(encode(np.arange(1, 10)), np.float32))
    frame = (pixels[:, :, 0, 0, 0, None] - said).abs().argmin(-1)
    assert {tuple(row) for row in frame.tolist()} == {(0, 1, 2), (1, 2, 3), (4, 5, 6), (5, 6, 7), (6, 7, 8)}


def test_crops_are_squares_of_neighbours_anywhere_inside() -> None:
    pixels, _ = Windows([numbered(2, 16, step=0)], length=2, crop=5, seed=0).batch(300)
    levels = bytes_of(pixels)[:, 0, 0].flatten(1)
    assert all(len(crop.unique()) == 25 for crop in levels)
    for place in (levels // 16, levels % 16):
        first, last = place.amin(1), place.amax(1)
        assert (last - first == 4).all()
        assert set(first.tolist()) == set(range(12))


def test_frames_of_a_window_are_cropped_and_turned_alike() -> None:
    pixels, observed = Windows([numbered(6, 16)], length=3, crop=6, seed=1).batch(20)
    levels = bytes_of(pixels)
    assert ((levels[:, 1:] - levels[:, :-1]) % 256 == 100).all()
    assert torch.equal(observed, levels % 2 == 0)


def test_windows_are_turned_and_mirrored_all_eight_ways() -> None:
    pixels, _ = Windows([numbered(2, 4)], length=2, crop=4, seed=0).batch(100)
    assert len({tuple(window.flatten().tolist()) for window in bytes_of(pixels)}) == 8


def test_turns_and_mirrors_by_hand() -> None:
    square = np.array([[[1, 2], [3, 4]]])
    assert turned(square, 1, 0).tolist() == [[[2, 4], [1, 3]]]
    assert turned(square, 0, 1).tolist() == [[[2, 1], [4, 3]]]
    assert turned(square, 1, 1).tolist() == [[[4, 2], [3, 1]]]


@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_seed_draws_the_same_windows(seed: int) -> None:
    def batches(seed: int) -> Tensor:
        windows = Windows([numbered(9, 16), numbered(5, 12)], length=3, crop=5, seed=seed)
        return torch.cat([windows.batch(4)[0] for _ in range(3)])

    assert torch.equal(batches(seed), batches(seed))
    assert not torch.equal(batches(seed), batches(seed + 1))


def test_batches_differ() -> None:
    windows = Windows([numbered(9, 16)], length=3, crop=5, seed=0)
    assert not torch.equal(windows.batch(4)[0], windows.batch(4)[0])


def test_wet_events_and_wet_windows_are_preferred(tmp_path: Path) -> None:
    dry, wet = np.zeros((40, 8, 8), np.float32), np.zeros((40, 8, 8), np.float32)
    wet[30:] = 5
    windows = Windows([event(dry, tmp_path, "dry"), event(wet, tmp_path, "wet")], length=4, crop=4, seed=0)
    rainy = windows.batch(400)[0].amax((1, 2, 3, 4)) > 0
    uniform = 0.5 * 10 / 37
    assert 3 * uniform < rainy.double().mean() < 0.99


def test_of_two_crops_the_wetter_is_kept(tmp_path: Path) -> None:
    rain = np.zeros((3, 8, 8), np.float32)
    rain[:, :, :2] = 5
    pixels, _ = Windows([event(rain, tmp_path)], length=3, crop=2, seed=0).batch(600)
    touched = 2 / 7  # of the seven places across, two touch the rain
    assert (pixels.amax((1, 2, 3, 4)) > 0).double().mean() == pytest.approx(1 - (1 - touched) ** 2, abs=0.06)


def test_events_too_small_or_too_short_are_left_out(tmp_path: Path) -> None:
    large, small, short = blob(4, 8, 8), blob(9, 7, 8), blob(3, 8, 8)
    events = [event(rain, tmp_path, name) for name, rain in (("a", large), ("b", small), ("c", short))]
    assert [event.name for event in Windows(events, length=4, crop=8, seed=0).events] == ["a"]


@pytest.mark.parametrize(("length", "crop"), [(5, 8), (4, 9)])
def test_no_event_that_fits_is_refused(tmp_path: Path, length: int, crop: int) -> None:
    with pytest.raises(BadInput, match=f"No event has {length} frames in a row of at least {crop} x {crop} pixels"):
        Windows([event(blob(4, 8, 8), tmp_path)], length, crop, seed=0)
