"""What `nowcast evaluate` does with data sets that are no rain: networks that learnt one, against persistence."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
import torch
from rich.console import Console
from rich.progress import Progress

from cli.evaluate_plan import by_name, is_checkpoint
from jobs.settings import settings
from model import checkpoint
from model.rollouts import held, rolled
from model.verification import picture_report
from model.verification.events import Asked
from model.verification.pictures import PictureResults, PictureSet, Says
from model.verification.report import MARKDOWN
from model.zoo import Network
from radar.errors import BadInput, UnknownMethod
from workers.methods import networks

PERSISTENCE = "persistence"


def evaluate(data: str, folder: Path, asked: Asked, methods: Sequence[str], baselines: Sequence[str]) -> PictureResults:
    """The scores of networks and of persistence on the test split of a data set."""
    if not methods:
        raise BadInput(f"Which network? Name the folder of a checkpoint that has learnt {data} with --method.")
    torch.set_num_threads(settings().threads)
    test = PictureSet.of(data, folder, asked)
    found = {name: says(name, word, test) for name, word in by_name([*methods, *baselines]).items()}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("evaluating", total=test.protocol.windows)
        run = {name: method for name, (method, _) in found.items()}
        versions = {name: version for name, (_, version) in found.items()}
        return test.scored(run, versions, partial(progress.advance, bar))


def says(name: str, word: str, test: PictureSet) -> tuple[Says, str]:
    """What a method says, and its version; BadInput for one that cannot see these frames."""
    if word == PERSISTENCE:
        return held, "1"
    network, card = checkpoint.read(folder_of(word, test.protocol.data))
    about = Network.of(card.network or {})
    if about.moving or about.matched or about.thresholds:
        raise BadInput(f"{name} has learnt rain, and {test.protocol.data} is none.")
    test.check(name, about.channels, network.stride)
    return partial(rolled, network.to(settings().device)), card.version


def folder_of(word: str, data: str) -> Path:
    """The folder of a checkpoint, by itself or by the name of its method."""
    if is_checkpoint(word):
        return Path(word)
    known = networks(settings())
    if word not in known:
        raise UnknownMethod(
            f"There is no method {word!r} for {data}, which is no rain; there are {PERSISTENCE}, folders of "
            f"checkpoints, and {', '.join(sorted(known))}."
        )
    return known[word]


def show(results: PictureResults, baselines: Sequence[str], out: Path | None, as_json: bool) -> None:
    """Write the report where it is wanted, and print the scores."""
    if out is not None:
        picture_report.write(results, out, baselines)
        click.echo(f"{out / MARKDOWN}", err=True)
    if as_json:
        click.echo(json.dumps(picture_report.as_json(results, baselines), indent=2))
        return
    click.echo(picture_report.averages(results))
