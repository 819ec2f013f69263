"""Windows of rain: whole in time, inside the grid, the same for the same seed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from model.data.cache import Cache
from model.data.crop import turned
from model.data.event import Event, Seen, block_mean, seen
from model.data.radar import RadarFile
from model.data.rain_windows import Lots, RainWindows, held_still
from model.data.window import Options
from radar.errors import BadInput
from radar.frames import Rain
from radar.rain import encode
from radar.synthetic import storm
from tests.model.data.archives import Numbered
from tests.model.samples import blob, event_file

MINUTES = (0, 5, 10, 15, 40, 45, 50, 55, 60)
"""Nine frames with a hole after the fourth."""


def event(rain: Rain, folder: Path, name: str = "a", minutes: tuple[int, ...] | None = None) -> Event:
    return RadarFile(event_file(folder / f"{name}.nc", rain, minutes), Cache())


def windows(*events: Event, length: int, crop: int, seed: int = 0, **how: Any) -> RainWindows:
    return RainWindows(events, Options(past=1, future=length - 1, crop=crop, seed=seed, **{"every": 1, **how}))


def bytes_of(pixels: Tensor) -> Tensor:
    return (pixels * 255).round().long()


def test_shapes_and_kinds(tmp_path: Path) -> None:
    pixels, observed = windows(event(blob(6, 9, 12), tmp_path), length=4, crop=8).batch(3)
    assert pixels.shape == observed.shape == (3, 4, 1, 8, 8)
    assert pixels.dtype == torch.float32
    assert observed.dtype == torch.bool
    assert 0 <= pixels.min() < pixels.max() <= 1


def test_a_window_never_spans_a_hole(tmp_path: Path) -> None:
    rain = np.repeat(np.arange(1, 10, dtype=np.float32), 16).reshape(9, 4, 4)
    found = windows(event(rain, tmp_path, minutes=MINUTES), length=3, crop=4)
    said = torch.from_numpy(np.asarray(encode(np.arange(1, 10)), np.float32))
    frame = (found.batch(200).pixels[:, :, 0, 0, 0, None] - said).abs().argmin(-1)
    whole = {(0, 1, 2), (1, 2, 3), (4, 5, 6), (5, 6, 7), (6, 7, 8)}
    assert {tuple(row) for row in frame.tolist()} == whole
    assert [window.times for window in found] == [
        tuple(found.events[0].times[at] for at in run) for run in sorted(whole)
    ]


def test_every_second_frame_of_five_minutes_is_ten_minutes() -> None:
    found = windows(Numbered(9, 16), length=3, crop=4, multiple=2)
    levels = bytes_of(found.batch(20).pixels)
    assert ((levels[:, 1:] - levels[:, :-1]) % 256 == 200).all()
    assert len(found) == 5
    assert {
        later - earlier for earlier, later in zip(found[0].times or (), (found[0].times or ())[1:], strict=False)
    } == {2 * found.events[0].cadence}


def test_the_fixed_order_is_whole_frames_as_they_are() -> None:
    numbered = Numbered(7, 9)
    found = windows(numbered, length=3, crop=4, every=3)
    assert len(found) == len(list(found)) == 2
    window = found[1]
    assert window.past.shape == (1, 1, 9, 9)
    assert window.future.shape == (2, 1, 9, 9)
    assert window.event == "numbered"
    pixels = np.concatenate([window.past, window.future])[:, 0]
    np.testing.assert_array_equal(np.round(pixels * 255), numbered.decode(range(3, 6)).pixels)
    np.testing.assert_array_equal(window.mask[:, 0], numbered.decode(range(3, 6)).observed)


def test_crops_are_squares_of_neighbours_anywhere_inside() -> None:
    levels = bytes_of(windows(Numbered(2, 16, step=0), length=2, crop=5).batch(300).pixels)[:, 0, 0].flatten(1)
    assert all(len(crop.unique()) == 25 for crop in levels)
    for place in (levels // 16, levels % 16):
        first, last = place.amin(1), place.amax(1)
        assert (last - first == 4).all()
        assert set(first.tolist()) == set(range(12))


def test_frames_of_a_window_are_cropped_and_turned_alike() -> None:
    pixels, observed = windows(Numbered(6, 16), length=3, crop=6, seed=1).batch(20)
    levels = bytes_of(pixels)
    assert ((levels[:, 1:] - levels[:, :-1]) % 256 == 100).all()
    assert torch.equal(observed, levels % 2 == 0)


def test_windows_are_turned_and_mirrored_all_eight_ways_or_not_at_all() -> None:
    def ways(**how: Any) -> int:
        pixels, _ = RainWindows([Numbered(2, 4)], Options(past=1, future=1, every=1, **how)).batch(100)
        return len({tuple(window.flatten().tolist()) for window in bytes_of(pixels)})

    assert ways() == 8
    assert ways(flips=False) == 1


def test_frames_that_are_no_squares_are_turned_by_halves(tmp_path: Path) -> None:
    pixels, _ = windows(event(blob(2, 5, 8), tmp_path), length=2, crop=0).batch(40)
    assert pixels.shape == (40, 2, 1, 5, 8)


def test_turns_and_mirrors_by_hand() -> None:
    square = np.array([[[1, 2], [3, 4]]])
    assert turned(square, 1, False).tolist() == [[[2, 4], [1, 3]]]
    assert turned(square, 0, True).tolist() == [[[2, 1], [4, 3]]]
    assert turned(square, 1, True).tolist() == [[[4, 2], [3, 1]]]


@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_seed_draws_the_same_windows(seed: int) -> None:
    def batches(seed: int) -> Tensor:
        found = windows(Numbered(9, 16), Numbered(5, 12), length=3, crop=5, seed=seed)
        return torch.cat([found.batch(4).pixels for _ in range(3)])

    assert torch.equal(batches(seed), batches(seed))
    assert not torch.equal(batches(seed), batches(seed + 1))


def test_batches_differ() -> None:
    found = windows(Numbered(9, 16), length=3, crop=5)
    assert not torch.equal(found.batch(4).pixels, found.batch(4).pixels)


def test_wet_events_and_wet_windows_are_preferred(tmp_path: Path) -> None:
    dry, wet = np.zeros((40, 8, 8), np.float32), np.zeros((40, 8, 8), np.float32)
    wet[30:] = 5
    found = windows(event(dry, tmp_path, "dry"), event(wet, tmp_path, "wet"), length=4, crop=4)
    rainy = found.batch(400).pixels.amax((1, 2, 3, 4)) > 0
    uniform = 0.5 * 10 / 37
    assert 3 * uniform < rainy.double().mean() < 0.99


def test_of_two_crops_the_wetter_is_kept(tmp_path: Path) -> None:
    rain = np.zeros((3, 8, 8), np.float32)
    rain[:, :, :2] = 5
    pixels, _ = windows(event(rain, tmp_path), length=3, crop=2).batch(600)
    touched = 2 / 7  # of the seven places across, two touch the rain
    assert (pixels.amax((1, 2, 3, 4)) > 0).double().mean() == pytest.approx(1 - (1 - touched) ** 2, abs=0.06)


def test_lots_are_drawn_as_often_as_they_weigh() -> None:
    lots, chance = Lots(np.array([3, 5, 8]), np.array([1.0, 0.0, 3.0])), np.random.default_rng(0)
    drawn = [lots.draw(chance) for _ in range(800)]
    assert set(drawn) == {3, 8}
    assert drawn.count(8) / 800 == pytest.approx(0.75, abs=0.05)


def test_held_still_a_moving_storm_stands(tmp_path: Path) -> None:
    rain = blob(10, 64, 64)
    options = Options(past=5, future=5, crop=32, every=1, moving=True, flips=False, seed=3)
    found = RainWindows([event(rain, tmp_path)], options)
    still = np.concatenate(found.draw(0)[:2])[:, 0]
    assert still.shape == (10, 32, 32)
    moved = np.abs(
        found.events[0].read(range(10)).pixels[9] / 255.0 - found.events[0].read(range(10)).pixels[0] / 255.0
    )
    assert np.abs(still[9] - still[0]).mean() < 0.5 * moved.mean()


def test_held_still_keeps_shape_and_the_present(tmp_path: Path) -> None:
    seen = event(blob(6, 32, 32), tmp_path).read(range(6))
    still = held_still(seen, 3)
    assert still.pixels.shape == still.observed.shape == (6, 32, 32)
    np.testing.assert_array_equal(still.pixels[2], seen.pixels[2])


def test_a_window_is_held_still_by_its_known_part_alone() -> None:
    whole = seen(storm(shape=(64, 64), frames=12, seed=1).rain)
    other = np.concatenate([whole.pixels[:8], np.zeros((4, 64, 64), np.uint8)])
    held, blind = (held_still(Seen(pixels, whole.observed), 8).pixels for pixels in (whole.pixels, other))
    np.testing.assert_array_equal(held[:8], blind[:8])
    assert not np.array_equal(held[8:], blind[8:])


def test_events_too_small_or_too_short_are_left_out(tmp_path: Path) -> None:
    large, small, short = blob(4, 8, 8), blob(9, 7, 8), blob(3, 8, 8)
    events = [event(rain, tmp_path, name) for name, rain in (("a", large), ("b", small), ("c", short))]
    assert [event.name for event in windows(*events, length=4, crop=8).events] == ["a"]


@pytest.mark.parametrize(("length", "crop"), [(5, 8), (4, 9)])
def test_no_event_that_fits_is_refused(tmp_path: Path, length: int, crop: int) -> None:
    with pytest.raises(BadInput, match=f"No event has {length} frames in a row of at least {crop} x {crop} pixels"):
        windows(event(blob(4, 8, 8), tmp_path), length=length, crop=crop)


def test_whole_frames_of_two_sizes_make_no_batch() -> None:
    found = windows(Numbered(4, 8), Numbered(4, 9), length=2, crop=0)
    assert [window.past.shape[-1] for window in found] == [8, 8, 8, 9, 9, 9]
    with pytest.raises(BadInput, match="differ in size"):
        found.batch(2)


def test_no_more_is_decoded_than_is_kept() -> None:
    roomy, tight = Numbered(30, 16), Numbered(30, 16, budget=4 * 288)
    for each in (roomy, tight):
        windows(each, length=3, crop=5).batch(50)
        assert each.cache.bytes <= each.cache.budget
    assert roomy.decoded <= 3 * 30
    assert tight.decoded > 3 * 30
    assert torch.equal(*(windows(each, length=3, crop=5).batch(9).pixels for each in (roomy, tight)))


def test_blocks_of_one_change_nothing() -> None:
    rain = blob(2, 5, 5)
    assert block_mean(rain, 1) is rain
