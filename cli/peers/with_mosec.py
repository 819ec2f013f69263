"""MOSEC: a front in Rust before a worker process, bytes in and out."""

from mosec import Server, Worker  # type: ignore[import-not-found]

from cli.peers.network import opened


class Forecast(Worker):  # type: ignore[misc]
    """Passes bytes on as they are."""

    def __init__(self) -> None:
        self.answer = opened()

    def deserialize(self, data: bytes) -> bytes:
        return data

    def forward(self, data: bytes) -> bytes:
        return self.answer(data)

    def serialize(self, data: bytes) -> bytes:
        return data


if __name__ == "__main__":
    server = Server()
    server.append_worker(Forecast, num=1)
    server.run()
