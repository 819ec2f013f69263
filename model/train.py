"""Trains a network as a recipe says: goes on where it was stopped, and stops when it goes wrong."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import torch

from model.data.ahead import Ahead
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.training import state, windows
from model.training.check import Check
from model.training.journal import Line, journal
from model.training.parallel import Crew, gathered
from model.training.run import Run
from model.training.start import network_of
from radar.errors import BadInput

Report = Callable[[Line], None]


def train(recipe: Recipe, folder: Path, out: Path, report: Report = lambda _: None) -> Nowcaster:
    """Train on the data in a folder and give the network with averaged weights, or with the best where it was checked.

    Every step is a line of out/log.jsonl and goes to `report`; out/state.pt holds all that is needed to go on, and a
    run whose state lies there does. Started by torchrun, its processes share every batch.
    A loss that is not finite stops the run with BadInput and the batch saved to out/bad-batch.pt.
    """
    recipe.check()
    torch.set_num_threads(recipe.threads)
    out.mkdir(parents=True, exist_ok=True)
    with gathered(recipe.device) as crew, drawn(recipe, folder, crew) as batches:
        run = Run(recipe, batches, crew)
        windows.check_size(batches.dataset, run.network.stride)
        check = Check(recipe, windows.validating(recipe, folder, crew), crew) if recipe.check_every else None
        resume(run, check, out)
        go(run, check, out, report)
        return finished(run, check)


def drawn(recipe: Recipe, folder: Path, crew: Crew) -> Ahead:
    """This process's share of every batch, drawn while it learns from the one before."""
    if recipe.batch % (crew.size * recipe.accumulate):
        shares = f"{crew.size} processes with {recipe.accumulate} parts (accumulate)"
        raise BadInput(f"batch is {recipe.batch}, which {shares} do not share evenly.")
    return Ahead(windows.training(recipe, folder, crew), recipe.batch // crew.size)


def resume(run: Run, check: Check | None, out: Path) -> None:
    """Go on where the run in `out` was last saved, if there is one; BadInput when it is of another recipe."""
    kept = state.load(out, run.recipe)
    if kept is None:
        return
    try:
        run.restore(kept["run"])
        if check:
            check.restore(kept["check"])
    except (LookupError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise state.unreadable(out) from error


def go(run: Run, check: Check | None, out: Path, report: Report) -> None:
    """Step until the run is over; the leading process writes."""
    with ExitStack() as opened:
        kept = opened.enter_context(journal(out, run.step, run.recipe.tensorboard)) if run.crew.leads else None
        while not run.over:
            line = run.advance(out)
            if check and check.due(run.step):
                line["check"] = check.look(run.average)
            if kept:
                kept.write(line)
                report(line)
                keep(run, check, out)


def keep(run: Run, check: Check | None, out: Path) -> None:
    """Save the state when it is time to."""
    if run.over or run.step % run.recipe.save_every == 0:
        state.save(out, run.recipe, {"run": run.state(), "check": check.state() if check else None})


def finished(run: Run, check: Check | None) -> Nowcaster:
    """The network a run ends with, on the processor and as it is served."""
    network = network_of(run.recipe).build()
    network.load_state_dict(check.weights if check else run.average.state_dict())
    return network
