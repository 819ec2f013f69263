"""A trained network as a checkpoint: its card says how it was trained, on what, and how it scores."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import xarray as xr

from model import checkpoint
from model.engine import Engine
from model.evaluate import Forecast, Protocol, evaluate, one_by_one
from model.events import event_files, load
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.train import network_of
from model.windows import fits
from radar.baselines import BASELINES
from radar.card import Card, Source


def publish(recipe: Recipe, folder: Path, network: Nowcaster, out: Path) -> Card:
    """Score the network on the events held out, beside the baselines, and write the checkpoint."""
    files = event_files(folder)
    trained_on = [path for path in files if path.stem not in recipe.apart and taught(path, recipe)]
    apart = [path for path in files if path.stem in recipe.apart]
    protocol = Protocol(tuple(path.stem for path in apart), past=recipe.past)
    card = blank_card(recipe, trained_on)
    methods: dict[str, Forecast] = {name: baseline.forecast for name, baseline in BASELINES.items()}
    methods[card.method] = one_by_one(Engine(network, card))
    return checkpoint.write(out, network, card.model_copy(update={"scores": tuple(evaluate(methods, apart, protocol))}))


def taught(path: Path, recipe: Recipe) -> bool:
    """True when training drew windows from an event: one too short or too narrow teaches nothing."""
    return fits(load(path), recipe.past + recipe.future, recipe.crop)


def blank_card(recipe: Recipe, trained_on: Sequence[Path]) -> Card:
    """The card of a network that has not been scored yet."""
    return Card(
        method=recipe.model,
        version="unpublished",
        summary=f"MS-RNN network {recipe.model}, trained on 5-minute radar",
        min_frames=4,
        max_frames=recipe.past,
        max_horizon=24,
        cadence_minutes=(5, 5),
        pixel_km=(0.5, 6),
        network=network_of(recipe).fields(),
        training={**asdict(recipe), "events": [path.stem for path in trained_on]},
        data=sources(trained_on),
    )


def sources(files: Sequence[Path]) -> tuple[Source, ...]:
    """Whom to thank for the events, each once."""
    found: dict[str, Source] = {}
    for path in files:
        with xr.open_dataset(path) as dataset:
            about = {
                key: str(dataset.attrs.get(key, "not stated")) for key in ("institution", "license", "attribution")
            }
        found[about["attribution"]] = Source(
            name=about["institution"], licence=about["license"], attribution=about["attribution"]
        )
    return tuple(found.values())
