"""The metrics of a process group without a gateway, on a port of their own: `python -m workers.exposition`."""

import signal
from threading import Event

from prometheus_client import start_http_server

from jobs.exposition import registry
from jobs.settings import settings


def main() -> None:
    """Answer Prometheus until SIGTERM."""
    configured, stopping = settings(), Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    if configured.metrics_port is not None:
        server, thread = start_http_server(configured.metrics_port, configured.metrics_host, registry())
        stopping.wait()
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    main()
