"""BentoML: a file as the body, bytes as the answer."""

from pathlib import Path

import bentoml  # type: ignore[import-not-found]

from cli.peers.network import opened


@bentoml.service(workers=1, traffic={"timeout": 600, "max_concurrency": 256})
class Forecast:
    """A body of application/octet-stream comes as a file."""

    def __init__(self) -> None:
        self.answer = opened()

    @bentoml.api(route="/forecast")  # type: ignore[untyped-decorator]
    def forecast(self, frames: Path, /) -> bytes:
        """A forecast."""
        return self.answer(frames.read_bytes())
