"""The bench of the loaders measures what it says."""

from pathlib import Path

from model.data.speed import speed
from model.recipe import Recipe
from tests.model.data.archives import digit_images, idx_file
from tests.model.samples import blob, event_file

TINY = ("width=2", "depth=1", "past=2", "future=2", "crop=16", "batch=2", "bf16=false")


def test_a_radar_archive(tmp_path: Path) -> None:
    event_file(tmp_path / "a.nc", blob(8, 32, 32))
    found = speed(Recipe.parse(TINY), tmp_path, rounds=2)
    assert (found.data, found.model) == ("radar", "ms-convlstm")
    assert min(found.seconds_to_open, found.seconds_per_batch, found.seconds_per_step, found.seconds_waited) > 0
    assert found.batches_per_step == found.seconds_per_step / found.seconds_per_batch


def test_a_data_set_that_is_no_rain(tmp_path: Path) -> None:
    idx_file(tmp_path / "t10k-images-idx3-ubyte.gz", digit_images(12))
    words = ("data=moving-mnist", "moving=false", "matched=false", "thresholds=", "coarsen=1", "loss=mse+mae")
    assert speed(Recipe.parse((*TINY, *words)), tmp_path, rounds=1).data == "moving-mnist"
