"""A Valkey as the embedded default has it: on a unix socket."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers import BINARY, STOP_SECONDS, answering


@contextmanager
def unix_valkey() -> Iterator[str]:
    """The URL of a private server that listens on no port and ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/valkey.sock"
        said = ["--port", "0", "--unixsocket", path, "--save", "", "--dir", folder]
        server = subprocess.Popen([str(BINARY), *said], stdout=subprocess.DEVNULL)
        try:
            answering(server, f"unix://{path}")
            yield f"unix://{path}"
        finally:
            server.terminate()
            server.wait(STOP_SECONDS)
