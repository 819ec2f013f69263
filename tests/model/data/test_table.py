"""Every data set by name, with what the papers cut from it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from model.data.ahead import Ahead
from model.data.table import DATASETS, open_dataset
from model.data.window import Options
from radar.errors import BadInput
from tests.model.data import test_taxibj
from tests.model.data.archives import digit_images, hko7_archive, idx_file, kth_film
from tests.model.samples import blob, event_file


def radar(folder: Path) -> None:
    event_file(folder / "a.nc", blob(30, 32, 32))


def hko7(folder: Path) -> None:
    hko7_archive(folder, {"train": ["20150506"]}, {"20150506": range(32)})


def moving_mnist(folder: Path) -> None:
    idx_file(folder / "t10k-images-idx3-ubyte.gz", digit_images(20))


def kth(folder: Path) -> None:
    kth_film(folder, "person01_boxing_d1", range(1, 31))


def taxibj(folder: Path) -> None:
    test_taxibj.write(folder)


LAY: dict[str, Callable[[Path], None]] = {
    "radar": radar,
    "hko7": hko7,
    "moving-mnist": moving_mnist,
    "kth": kth,
    "taxibj": taxibj,
}


def test_every_data_set_is_tested_here() -> None:
    assert set(LAY) == set(DATASETS)


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_gives_the_same_kind_of_window(tmp_path: Path, name: str) -> None:
    LAY[name](tmp_path)
    kind, found = DATASETS[name], open_dataset(name, tmp_path, "train")
    past, future, mask, times, _ = found[0]
    assert past.shape == (kind.past, kind.channels, *past.shape[2:])
    assert future.shape == (kind.future, *past.shape[1:])
    assert mask.shape == (kind.past + kind.future, *past.shape[1:])
    assert [part.dtype for part in (past, future, mask)] == [np.dtype(code) for code in ("f4", "f4", "?")]
    assert 0 <= min(past.min(), future.min()) <= max(past.max(), future.max()) <= 1
    assert times is None or len(times) == kind.past + kind.future


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_goes_on_where_it_stopped_also_drawn_ahead(tmp_path: Path, name: str) -> None:
    LAY[name](tmp_path)
    plain, again = (open_dataset(name, tmp_path, "train", Options(past=2, future=2, crop=16, seed=5)) for _ in range(2))
    plain.batch(3)
    again.restore(plain.state())
    expected = plain.batch(2)
    assert expected.pixels.shape == (2, 4, DATASETS[name].channels, 16, 16)
    with Ahead(again, 2) as ahead:
        batch = ahead.batch()
    assert torch.equal(batch.pixels, expected.pixels)
    assert torch.equal(batch.observed, expected.observed)


@pytest.mark.parametrize(
    ("name", "split", "options", "sentence"),
    [
        ("cifar", "train", Options(), "There is no data set 'cifar'; there are radar, hko7, moving-mnist, kth, taxibj"),
        ("kth", "valid", Options(), "kth has no valid split; it has train, test"),
        ("kth", "train", Options(moving=True), "kth is no rain.*coarsen=1 moving=false"),
        ("taxibj", "train", Options(coarsen=(1, 2)), "taxibj is no rain"),
        ("hko7", "train", Options(held_out=frozenset("a")), "hko7 has its own test split; held_out is for radar"),
        ("radar", "train", Options(past=-1), "past, future, every, crop and seed are 0 or more"),
        ("radar", "train", Options(multiple=0), "multiple and coarsen at least 1"),
        ("radar", "train", Options(coarsen=(0,)), "multiple and coarsen at least 1"),
        ("radar", "train", Options(), "there is missing"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, name: str, split: str, options: Options, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        open_dataset(name, tmp_path / "not there", split, options)


def test_a_folder_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    for name in DATASETS:
        with pytest.raises(BadInput):
            open_dataset(name, tmp_path, "train")
