"""What processes use, on real ones."""

import subprocess
import sys
from dataclasses import replace

from cli.usage import tree, used

FAMILY = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"


def test_a_family_is_counted_and_ended_by_who_it_is() -> None:
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()  # the child is there
        found = tree(parent.pid)
        assert len(found) == 2
        seconds, resident = used(parent.pid)
        assert seconds >= 0
        assert resident > 2**20
        replace(found[1], started="0").kill()
        assert len(tree(parent.pid)) == 2
        for process in found:
            process.kill()
        assert parent.wait(60) != 0
        assert used(parent.pid) == (0.0, 0)
