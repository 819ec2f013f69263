"""Bare FastAPI: torch in a thread of the process that speaks HTTP."""

import sys
from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI, Request, Response

from cli.peers.network import opened

app = FastAPI()
forecast = opened()
threads = ThreadPoolExecutor(max_workers=1)


@app.post("/forecast")
async def answer(request: Request) -> Response:
    """A forecast; one at a time, as more would only slow each other."""
    said = await get_running_loop().run_in_executor(threads, forecast, await request.body())
    return Response(said, media_type="application/octet-stream")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
