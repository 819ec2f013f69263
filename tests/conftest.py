"""What every test stands on: one thread, and examples that come out the same in CI each time."""

import os
from pathlib import Path

# Before anything imports numpy or torch, which read these once; processes that tests start inherit them.
# On a busy machine of two cores torch with two threads is many times slower than with one.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

# The engine's kernels are built once for all tests, and not into the cache of who runs them.
os.environ["XDG_CACHE_HOME"] = str(Path(__file__).parents[1] / ".pytest_cache" / "built")

from hypothesis import settings

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
