"""What networks are tested with does not follow from what ran before."""

import pytest
import torch


@pytest.fixture(autouse=True)
def begun_anew() -> None:
    """The same random numbers and one thread for each test: some draw and set them for the whole process."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
