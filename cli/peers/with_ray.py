"""Ray Serve: a proxy before a replica, raw bodies in and out."""

import asyncio
import sys
import time

from ray import serve  # type: ignore[import-not-found]
from starlette.requests import Request
from starlette.responses import Response

from cli.peers.network import opened


@serve.deployment(num_replicas=1, max_ongoing_requests=256)
class Forecast:
    """One replica that computes in a thread, so that it takes in others meanwhile."""

    def __init__(self) -> None:
        self.answer, self.turn = opened(), asyncio.Lock()

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        async with self.turn:
            said = await asyncio.to_thread(self.answer, body)
        return Response(said, media_type="application/octet-stream")


if __name__ == "__main__":
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(
        Forecast.bind(),  # type: ignore[attr-defined]  # the decorator makes it
        route_prefix="/forecast",
    )
    while True:
        time.sleep(60)
