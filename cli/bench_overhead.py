"""`nowcast bench overhead`: what the service adds to the engine's own time, and what it leaves of its throughput."""

import json
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from statistics import median

import click

from cli.bench_service import CLIENTS, bare_engine, pasts, requests
from cli.contenders import OURS, PAYLOADS, Runs, ready, running
from cli.load import Shot, closed_loop, repeated, shoot, throughput
from cli.peers.network import HORIZON
from cli.stages import in_stages
from cli.usage import used
from model.engine import Engine
from radar.frames import Frames


@click.command("overhead")
@click.option("--side", default=480, show_default=True, type=click.IntRange(8, 4096), help="pixels a side")
@click.option("--past", default=10, show_default=True, type=click.IntRange(4, 24), help="frames in a request")
@click.option("--pairs", default=10, show_default=True, type=click.IntRange(1, 1000), help="requests one by one")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(0, 100), help="of saturation, in turn")
@click.option("--each", default=8, show_default=True, type=click.IntRange(2, 1000), help="nowcasts of a round")
@click.option("--frames", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="radar files")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1, 1024), help="the engine computes with")
@click.option("--as", "payload", default="npz", show_default=True, type=click.Choice([*PAYLOADS]), help="in and out")
@click.option("--stages", is_flag=True, help="only the processor time of each stage, in this process")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def command(
    *,
    side: int,
    past: int,
    pairs: int,
    rounds: int,
    each: int,
    folder: Path | None,
    threads: int,
    payload: str,
    stages: bool,
    as_json: bool,
) -> None:
    """Single requests beside the engine's time in them, then full load beside a bare loop."""
    engine, made = bare_engine(threads), pasts(folder, side, past)
    if stages:
        found: dict[str, object] = {**in_stages(engine, made[0], payload, pairs)}
    else:
        with running(OURS, "", threads, None, payload) as server:
            found = served(server, engine, made, pairs=pairs, rounds=rounds, each=each)
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(f"{name}: {said}" for name, said in found.items()))


def served(
    server: Runs, engine: Engine, made: Sequence[Frames], *, pairs: int, rounds: int, each: int
) -> dict[str, object]:
    """What is found on a server: single requests first, then full load."""
    numbers = count(1)  # what gets it ready is of hour 0, and would be answered from the store
    ready(server, made[0])
    asks = requests(server, made, pairs, numbers)
    before, _ = used(server.pid)
    shots = [shoot(server.port, ask, time.perf_counter()) for ask in asks]
    processor = (used(server.pid)[0] - before) / pairs
    ratios = [against(server, engine, made, each, numbers) for _ in range(rounds)]
    return {
        **told(shots),
        "processor time of a request, ms": round(1000 * processor, 1),
        "processor time of the engine alone, ms": round(1000 * alone(engine, made[0]), 1),
        "throughput over the bare loop's": [round(one, 3) for one in ratios],
        "their median": round(median(ratios), 3) if ratios else None,
    }


def alone(engine: Engine, past: Frames) -> float:
    """Seconds of processor time of a nowcast, which a busy machine hardly changes: the median of a few."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        engine.outlook([past], HORIZON)
        spent.append(time.process_time() - began)
    return median(spent)


def told(shots: Sequence[Shot]) -> dict[str, object]:
    """Medians over single requests in ms, each against the engine's time in itself."""
    good = [shot for shot in shots if "engine" in shot.phases]
    parts = {
        "request": [shot.seconds for shot in good],
        "engine": [shot.phases["engine"] for shot in good],
        "overhead": [shot.seconds - shot.phases["engine"] for shot in good],
        "of it reading the request": [shot.phases["intake"] for shot in good],
        "of it queue and store": [shot.phases["wait"] - shot.phases["engine"] for shot in good],
        "of it writing the answer": [shot.phases["encode"] for shot in good],
    }
    figures = {f"{name}, ms": round(1000 * median(seconds), 1) if seconds else None for name, seconds in parts.items()}
    return {"requests": len(good), **figures}


def against(server: Runs, engine: Engine, made: Sequence[Frames], each: int, numbers: "count[int]") -> float:
    """Nowcasts a second of the service over those of the engine alone, one after the other on as many threads."""
    bare = repeated(lambda: engine.outlook([made[0]], HORIZON), max(2, each // 2))
    served = throughput(closed_loop(server.port, requests(server, [made[0]], each + CLIENTS, numbers), CLIENTS))
    again = repeated(lambda: engine.outlook([made[0]], HORIZON), max(2, each // 2))
    return served / ((bare + again) / 2)
