"""KTH in the frame-folder layouts of the video-prediction papers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.data.table import open_dataset
from model.data.window import Dataset, Options
from radar.errors import BadInput
from tests.model.data.archives import kth_film, save

FIVE = Options(past=2, future=3)


def lists(folder: Path, *lines: str, split: str = "train") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{split}_data_list_trimmed.txt").write_text("\n".join(lines) + "\n")


def films(folder: Path) -> Path:
    kth_film(folder, "person01_boxing_d1", range(1, 31))
    kth_film(folder, "person16_running_d4", range(1, 31))
    kth_film(folder, "person17_walking_d1", range(1, 61))
    kth_film(folder, "person25_jogging_d2", range(1, 61))
    return folder


def firsts(dataset: Dataset) -> list[tuple[str, int]]:
    return [(window.event, round(float(window.past[0, 0, 0, 0]) * 255)) for window in dataset]


def test_a_window_is_grey_128_x_128_and_in_order(tmp_path: Path) -> None:
    lists(films(tmp_path), "person01_boxing_d1 3 7")
    window = open_dataset("kth", tmp_path, "train", FIVE)[0]
    assert window.past.shape == (2, 1, 128, 128)
    pixels = np.concatenate([window.past, window.future]) * 255
    assert [np.unique(frame.round()).tolist() for frame in pixels] == [[3], [4], [5], [6], [7]]
    assert window.mask.all()
    assert window.times is None


@pytest.mark.parametrize("where", ["", "kth_txt", "../kth_txt"])
def test_training_windows_begin_at_every_frame_of_the_clips(tmp_path: Path, where: str) -> None:
    folder = films(tmp_path / "kth")
    lists(folder / where, "person01_boxing_d1 3 8", "person01_boxing_d1 20 24", "person16_running_d4 1 4")
    found = open_dataset("kth", folder, "train", FIVE)
    assert firsts(found) == [("person01_boxing_d1", first) for first in (3, 4, 20)]


def test_test_windows_are_further_apart_where_one_stays_in_sight(tmp_path: Path) -> None:
    lists(films(tmp_path), "person17_walking_d1 1 60", "person25_jogging_d2 1 14", split="test")
    assert firsts(open_dataset("kth", tmp_path, "test", FIVE)) == [
        *(("person17_walking_d1", first) for first in (1, 21, 41)),
        *(("person25_jogging_d2", first) for first in (1, 4, 7, 10)),
    ]


def test_without_lists_a_clip_is_every_run_of_numbers(tmp_path: Path) -> None:
    numbers = [*range(1, 7), *range(20, 26)]
    kth_film(tmp_path, "person02_walking_d1", numbers, pattern="image_{:04d}.jpg", tail="_uncomp")
    assert firsts(open_dataset("kth", tmp_path, "train", FIVE)) == [
        ("person02_walking_d1", first) for first in (1, 2, 20, 21)
    ]


def test_persons_are_split(tmp_path: Path) -> None:
    films(tmp_path)
    events = {
        split: {window.event[6:8] for window in open_dataset("kth", tmp_path, split, FIVE)}
        for split in ("train", "test")
    }
    assert events == {"train": {"01", "16"}, "test": {"17", "25"}}
    found = open_dataset("kth", tmp_path, "test", FIVE)
    assert [found.event(at) for at in range(len(found))] == [window.event for window in found]


def test_every_second_frame(tmp_path: Path) -> None:
    lists(films(tmp_path), "person01_boxing_d1 1 10")
    found = open_dataset("kth", tmp_path, "train", Options(past=2, future=3, multiple=2))
    assert firsts(found) == [("person01_boxing_d1", 1), ("person01_boxing_d1", 2)]
    assert round(float(found[0].future[-1].max()) * 255) == 9


def no_films(folder: Path) -> None:
    (folder / "notes").mkdir()


def wrong_folder(folder: Path) -> None:
    (films(folder) / "boxing/subject7_boxing").mkdir()


def wrong_action(folder: Path) -> None:
    (films(folder) / "boxing/person03_running_d1").mkdir()


def nobody(folder: Path) -> None:
    (films(folder) / "boxing/person26_boxing_d1").mkdir()


def only_others(folder: Path) -> None:
    kth_film(folder, "person20_boxing_d1", range(2))


def strange_line(folder: Path) -> None:
    lists(films(folder), "person01_boxing_d1 1-95, 96-185")


def endless_clip(folder: Path) -> None:
    lists(films(folder), "person01_boxing_d1 1 1000000000")


def film_of_the_other_split(folder: Path) -> None:
    lists(films(folder), "person17_walking_d1 1 60")


def short_clips(folder: Path) -> None:
    lists(films(folder), "person01_boxing_d1 1 4")


@pytest.mark.parametrize(
    ("lay", "sentence"),
    [
        (no_films, "There are no folders boxing/person01_boxing_d1"),
        (wrong_folder, "subject7_boxing is not named like person01_boxing_d1"),
        (wrong_action, "person03_running_d1 is not named like person01_boxing_d1"),
        (nobody, "person26_boxing_d1 is not named like"),
        (only_others, r"There is no film of train \(persons 1 to 16\)"),
        (strange_line, r"train_data_list_trimmed\.txt: 'person01_boxing_d1 1-95.*' is not a film, its first"),
        (
            film_of_the_other_split,
            r"train_data_list_trimmed\.txt: The film person17_walking_d1 is not in the folder, or",
        ),
        (endless_clip, "is not a film, its first and its last frame"),
        (short_clips, "No clip of the train split has 5 frames"),
    ],
)
def test_what_is_no_kth_is_refused(tmp_path: Path, lay: Callable[[Path], None], sentence: str) -> None:
    lay(tmp_path)
    with pytest.raises(BadInput, match=sentence):
        open_dataset("kth", tmp_path, "train", FIVE)


def test_a_gap_inside_a_window_is_said_with_its_place(tmp_path: Path) -> None:
    lists(films(tmp_path), "person01_boxing_d1 1 5")
    (tmp_path / "boxing/person01_boxing_d1/4.png").unlink()
    with pytest.raises(BadInput, match=r"person01_boxing_d1 has no frame 4: a gap inside a window"):
        open_dataset("kth", tmp_path, "train", FIVE)[0]


def test_a_damaged_frame_is_said_with_its_name(tmp_path: Path) -> None:
    lists(films(tmp_path), "person01_boxing_d1 1 5")
    (tmp_path / "boxing/person01_boxing_d1/2.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(BadInput, match=r"2\.png is not a picture, or it is damaged"):
        open_dataset("kth", tmp_path, "train", FIVE)[0]


def test_a_frame_too_large_to_decode_is_refused(tmp_path: Path) -> None:
    lists(films(tmp_path), "person01_boxing_d1 1 5")
    save(tmp_path / "boxing/person01_boxing_d1/1.png", np.zeros((1, 5000), np.uint8))
    with pytest.raises(BadInput, match=r"1\.png: The grid is 1 x 5000 pixels"):
        open_dataset("kth", tmp_path, "train", FIVE)[0]
