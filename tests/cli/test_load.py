"""Load, on a small server that answers as the test wants."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Lock, Thread

import pytest

from cli.load import Ask, closed_loop, open_loop, percentile, repeated, shoot, throughput
from tests.servers import free_port

ASK = Ask("/", b"frames", {})


@contextmanager
def server(seconds: float = 0.0, status: int = 200) -> Iterator[int]:
    """A server that answers one request after the other, each after some time; gives its port."""
    turn = Lock()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with turn:
                time.sleep(seconds)
            self.send_response(status)
            self.send_header("Server-Timing", "intake;dur=1.5, engine;dur=20.0")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as served:
        thread = Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield served.server_port
        served.shutdown()
        thread.join()


def test_an_answer_carries_its_time_and_phases() -> None:
    with server() as port:
        shot = shoot(port, ASK, time.perf_counter())
    assert shot.good
    assert shot.phases == pytest.approx({"intake": 0.0015, "engine": 0.02})


def test_a_server_that_is_not_there_is_an_error_and_no_time() -> None:
    shots = open_loop(free_port(), [ASK, ASK], 100.0, seed=0)
    assert [shot.status for shot in shots] == [0, 0]
    assert percentile(shots, 50) is None
    assert throughput(shots) == 0


def test_a_refusal_is_an_error() -> None:
    with server(status=503) as port:
        shots = open_loop(port, [ASK] * 3, 100.0, seed=0)
    assert {shot.status for shot in shots} == {503}
    assert not any(shot.good for shot in shots)


def test_arrivals_do_not_wait_for_answers_and_waiting_counts() -> None:
    with server(seconds=0.1) as port:
        shots = open_loop(port, [ASK] * 8, 1000.0, seed=0)
    assert max(shot.seconds for shot in shots) > 0.6  # the last one waited for seven others
    assert percentile(shots, 95) is not None


def test_equal_seeds_give_equal_arrivals() -> None:
    with server() as port:
        starts = [[shot.ended - shot.seconds for shot in open_loop(port, [ASK] * 5, 50.0, seed=3)] for _ in range(2)]
    gaps = [[later - earlier for earlier, later in pairwise(one)] for one in starts]
    assert gaps[0] == pytest.approx(gaps[1])


def test_a_closed_loop_finds_what_the_server_can_do() -> None:
    with server(seconds=0.05) as port:
        assert 0 < throughput(closed_loop(port, [ASK] * 12, clients=4)) < 1 / 0.05 + 1
    assert 0 < repeated(lambda: time.sleep(0.02), 3) <= 50
