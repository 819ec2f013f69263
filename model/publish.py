"""A trained network as a checkpoint: its card says how it was trained, on what, how sure it is and how it scores."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from model import checkpoint
from model.calibrate import calibrate
from model.data.radar import event_files, opened
from model.data.rain_windows import RainWindows
from model.engine import Engine
from model.evaluate import Forecast, Protocol, cases, evaluate, one_by_one
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.training.parallel import ALONE
from model.training.start import network_of
from model.training.windows import training
from radar.baselines import BASELINES
from radar.card import Calibration, Card, Source

MAX_HORIZON = 24
"""Frames ahead that are served, and calibrated."""
WET_SHARE = 0.01
"""Of the last known frame, in windows to calibrate on; less than where methods are scored: what is served is drier."""
CADENCE = {"radar": (5.0, 5.0), "hko7": (6.0, 6.0)}
PIXEL_KM = {"radar": (0.5, 6.0), "hko7": (1.0, 4.5)}
HKO7 = Source(
    name="HKO-7",
    licence="research use, by agreement with the Hong Kong Observatory",
    attribution="Hong Kong Observatory; Shi et al. 2017",
)


def publish(recipe: Recipe, folder: Path, network: Nowcaster, out: Path) -> Card:
    """Write the checkpoint of a trained network.

    One trained on a radar archive is calibrated on the recipe's validation events, if it has chances, and scored on
    the events held out, beside the baselines; others are scored by `nowcast evaluate`.
    """
    if recipe.data != "radar":
        return checkpoint.write(out, network, blank_card(recipe, []))
    card = blank_card(recipe, taught(recipe, folder))
    if recipe.rates and recipe.validating:
        card = card.model_copy(update={"calibration": calibration(recipe, folder, Engine(network, card))})
    apart = named(folder, recipe.scored)
    protocol = Protocol(tuple(path.stem for path in apart), past=recipe.past)
    methods: dict[str, Forecast] = {name: baseline.forecast for name, baseline in BASELINES.items()}
    methods[card.method] = one_by_one(Engine(network, card))
    return checkpoint.write(out, network, card.model_copy(update={"scores": tuple(evaluate(methods, apart, protocol))}))


def calibration(recipe: Recipe, folder: Path, engine: Engine) -> Calibration:
    """The calibration of an engine's chances on the validation events."""
    events = named(folder, recipe.validating)
    protocol = Protocol(tuple(path.stem for path in events), recipe.past, MAX_HORIZON, wet_share=WET_SHARE)
    found = chain.from_iterable(cases(path, protocol) for path in events)
    return calibrate(one_by_one(engine), found, MAX_HORIZON, len(recipe.rates))


def named(folder: Path, names: frozenset[str]) -> list[Path]:
    """The event files of these names."""
    return [path for path in event_files(folder) if path.stem in names]


def taught(recipe: Recipe, folder: Path) -> list[Path]:
    """The events training drew windows from: one too short or too narrow teaches nothing."""
    dataset = training(recipe, folder, ALONE)
    assert isinstance(dataset, RainWindows)
    return named(folder, frozenset(event.origin(0) for event in dataset.events))


def blank_card(recipe: Recipe, trained_on: Sequence[Path]) -> Card:
    """The card of a network that has not been scored yet."""
    return Card(
        method=recipe.model,
        version="unpublished",
        summary=f"MS-RNN network {recipe.model}, trained on {summaries(recipe)}",
        min_frames=min(4, recipe.past),
        max_frames=recipe.past,
        max_horizon=MAX_HORIZON,
        cadence_minutes=CADENCE.get(recipe.data),
        pixel_km=PIXEL_KM.get(recipe.data),
        network=network_of(recipe).fields(),
        training={**asdict(recipe), "events": [path.stem for path in trained_on]},
        data=(HKO7,) if recipe.data == "hko7" else sources(trained_on),
    )


def summaries(recipe: Recipe) -> str:
    """What a network was trained on, for people."""
    minutes, _ = CADENCE.get(recipe.data, (0, 0))
    return f"{minutes:g}-minute radar" if minutes else f"{recipe.data}, which is no rain"


def sources(files: Sequence[Path]) -> tuple[Source, ...]:
    """Whom to thank for the events, each once."""
    found: dict[str, Source] = {}
    for path in files:
        with opened(path) as dataset:
            about = {
                key: str(dataset.attrs.get(key, "not stated")) for key in ("institution", "license", "attribution")
            }
        found[about["attribution"]] = Source(
            name=about["institution"], licence=about["license"], attribution=about["attribution"]
        )
    return tuple(found.values())
