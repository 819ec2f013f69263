"""LitServe: an API process before a worker process; a body typed as bytes skips its JSON."""

import sys
from typing import Annotated, Any

from fastapi import Body, Response
from litserve import LitAPI, LitServer  # type: ignore[import-not-found]

from cli.peers.network import opened


class Forecast(LitAPI):  # type: ignore[misc]
    """Passes bytes on as they are."""

    def setup(self, device: str) -> None:
        self.answer = opened()

    def decode_request(self, request: Annotated[bytes, Body(media_type="application/octet-stream")]) -> bytes:
        return request

    def predict(self, x: bytes) -> bytes:
        return self.answer(x)

    def encode_response(self, output: bytes) -> Any:
        return Response(output, media_type="application/octet-stream")


if __name__ == "__main__":
    server = LitServer(Forecast(), accelerator="cpu", workers_per_device=1, timeout=600)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
