"""A trained network as a checkpoint: its card says how it was trained, on what, how sure it is and how it scores."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
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
CADENCE = {"hko7": 6.0}
"""Minutes from frame to frame, where the events do not say it themselves."""
PIXEL_KM = {"radar": (0.5, 6.0), "hko7": (1.0, 4.5)}
HKO7 = Source(
    name="HKO-7",
    licence="research use, by agreement with the Hong Kong Observatory",
    attribution="Hong Kong Observatory; Shi et al. 2017",
)


def publish(recipe: Recipe, folder: Path, network: Nowcaster, out: Path) -> Card:
    """Write the checkpoint of a trained network.

    One trained on a radar archive is calibrated on the recipe's validation events, if it has chances, and scored on
    the events held out, beside the baselines. Others get a card without scores: those of a card are of radar events.
    """
    if recipe.data != "radar":
        return checkpoint.write(out, network, blank_card(recipe, []))
    card = blank_card(recipe, *taught(recipe, folder))
    if recipe.levels and recipe.validating:
        card = card.model_copy(update={"calibration": calibration(recipe, folder, Engine(network, card))})
    apart = named(folder, recipe.scored)
    protocol = Protocol(tuple(path.stem for path in apart), recipe.past, cadence_minutes=step_of(card))
    methods: dict[str, Forecast] = {name: baseline.forecast for name, baseline in BASELINES.items()}
    methods[card.method] = one_by_one(Engine(network, card))
    return checkpoint.write(out, network, card.model_copy(update={"scores": tuple(evaluate(methods, apart, protocol))}))


def calibration(recipe: Recipe, folder: Path, engine: Engine) -> Calibration:
    """The calibration of an engine's chances on the validation events."""
    events = named(folder, recipe.validating)
    step, names = step_of(engine.card), tuple(path.stem for path in events)
    protocol = Protocol(names, recipe.past, MAX_HORIZON, step, wet_share=WET_SHARE)
    found = chain.from_iterable(cases(path, protocol) for path in events)
    return calibrate(one_by_one(engine), found, MAX_HORIZON, len(recipe.levels))


def named(folder: Path, names: frozenset[str]) -> list[Path]:
    """The event files of these names."""
    return [path for path in event_files(folder) if path.stem in names]


def taught(recipe: Recipe, folder: Path) -> tuple[list[Path], float]:
    """The events training drew windows from, and their minutes from frame to frame: one too short teaches nothing."""
    dataset = training(recipe, folder, ALONE)
    assert isinstance(dataset, RainWindows)
    names = frozenset(event.origin(0) for event in dataset.events)
    return named(folder, names), dataset.events[0].cadence / timedelta(minutes=1)


def step_of(card: Card) -> float:
    """The minutes from frame to frame that a network learnt."""
    assert card.cadence_minutes is not None
    return card.cadence_minutes[0]


def blank_card(recipe: Recipe, trained_on: Sequence[Path], step: float | None = None) -> Card:
    """The card of a network that has not been scored yet; step is the minutes from frame to frame."""
    known = step or CADENCE.get(recipe.data)
    return Card(
        method=recipe.model,
        version="unpublished",
        summary=f"MS-RNN network {recipe.model}, trained on {summaries(recipe, known)}",
        min_frames=min(4, recipe.past),
        max_frames=recipe.past,
        max_horizon=MAX_HORIZON,
        cadence_minutes=known and (known, known),
        pixel_km=PIXEL_KM.get(recipe.data),
        network=network_of(recipe).fields(),
        training={**asdict(recipe), "events": [path.stem for path in trained_on]},
        data=(HKO7,) if recipe.data == "hko7" else sources(trained_on),
    )


def summaries(recipe: Recipe, step: float | None) -> str:
    """What a network was trained on, for people."""
    return f"{step:g}-minute radar" if step else f"{recipe.data}, which is no rain"


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
