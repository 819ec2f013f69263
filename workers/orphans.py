"""What parent and child processes owe each other."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1
HOPELESS = 2
"""Exit code of a process that starting again would not help: somebody has to mend a setting first."""


def die_with_parent(signum: int = signal.SIGTERM) -> None:
    """Ask the kernel to send this process a signal when its parent dies (Linux; nothing elsewhere)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum)
