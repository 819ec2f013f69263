"""Trials in processes of their own: a mutant that kills its reader costs that process, and is named."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable

from tests.hostile.trial import NAME, Outcome

Part = tuple[str, int, int]
"""Name of a file, number of its first mutant, how many."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def tried(parts: Iterable[Part], seconds: float = 1500) -> dict[str, Outcome]:
    """What became of some mutants of each file; one that ended the process ends the trial, as a fault of its file."""
    with tempfile.NamedTemporaryFile() as journal:
        journal.write(bytes(NAME))
        journal.flush()
        words = [f"{name}:{first}:{count}" for name, first, count in parts]
        command = [sys.executable, "-m", "tests.hostile.trial", journal.name, *words]
        environment = {**os.environ, **ONE_THREAD}
        done = subprocess.run(command, check=False, env=environment, capture_output=True, timeout=seconds)
        journal.seek(0)
        last = journal.read().decode().strip()
    said = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = {name: Outcome(**outcome) for line in said for name, outcome in line.items()}
    if done.returncode != 0:
        trace = done.stderr.decode(errors="replace")[-2000:]
        outcomes[last.split()[0]] = Outcome(faults=[f"{last} ended its process with {done.returncode}: {trace}"])
    return outcomes
