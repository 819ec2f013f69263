"""Trains a network on radar events."""

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from model import checkpoint
from model.checkpoint import shapes
from model.events import Event, event_files, load
from model.losses import balanced, crossentropy
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.windows import Windows
from model.zoo import Network
from radar.errors import BadInput

NARROW = 64
"""Pixels: an event no wider than this is not averaged to coarser ones."""
GAIN = 1.4
Report = Callable[[dict[str, float]], None]


def network_of(recipe: Recipe) -> Network:
    """The network a recipe trains: it predicts the change, from persistence on."""
    return Network(
        recipe.model,
        recipe.width,
        links=recipe.links,
        patch=recipe.patch,
        residual=True,
        moving=recipe.moving,
        matched=recipe.matched,
        thresholds=recipe.rates,
    )


def enliven(network: Nowcaster) -> None:
    """Normal weights of standard deviation 1.4 / sqrt(inputs) and no biases in every layer of the stack.

    With torch's own start each layer passes on a tenth of a change in its input, with this a quarter; there nothing was
    learnt in the first 200 steps, here something in the first 60.
    """
    for layer in network.stack.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            inputs = layer.weight[0].numel() if isinstance(layer, nn.Conv2d) else layer.weight[:, 0].numel()
            nn.init.normal_(layer.weight, std=GAIN / math.sqrt(inputs))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def begin_from(network: Nowcaster, folder: Path) -> None:
    """Take over the weights of a checkpoint; a head that it has not begins afresh. BadInput when they do not fit."""
    kept = checkpoint.read(folder)[0].state_dict()
    own = shapes(network.state_dict())
    fresh = {name for name in own if name not in kept}
    if not fresh <= {"chance.weight", "chance.bias"} or any(
        own.get(name) != size for name, size in shapes(kept).items()
    ):
        raise BadInput(f"The weights in {folder} do not fit the network of this recipe.")
    network.load_state_dict(kept, strict=False)


def events_of(recipe: Recipe, folder: Path) -> list[Event]:
    """The training events: every file not held out, the wide ones also at coarser pixels."""
    paths = event_files(folder, recipe.apart)
    events = [load(path) for path in paths]
    wide = [path for path, event in zip(paths, events, strict=True) if min(event.pixels.shape[1:]) > NARROW]
    return events + [load(path, by) for path in wide for by in coarser(recipe)]


def coarser(recipe: Recipe) -> list[int]:
    """By how many pixels the wide events are averaged, besides not at all."""
    words = [word for word in recipe.coarsen.split(",") if word]
    if not all(word.isdecimal() for word in words):
        raise BadInput(f"coarsen is whole numbers with commas, not {recipe.coarsen!r}.")
    return [int(word) for word in words if int(word) > 1]


def train(recipe: Recipe, folder: Path, out: Path, report: Report = lambda _: None) -> Nowcaster:
    """Train as the recipe says, log to out/log.jsonl, and give the network with averaged weights.

    A loss that is not finite stops the run with BadInput and the batch saved to out/bad-batch.pt.
    """
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    out.mkdir(parents=True, exist_ok=True)
    network = network_of(recipe).build().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    enliven(network)
    if recipe.start:
        begin_from(network, Path(recipe.start))
    if recipe.crop % network.stride:
        raise BadInput(f"crop is {recipe.crop}, but this network wants a multiple of {network.stride}.")
    known = recipe.past if recipe.moving else None
    windows = Windows(events_of(recipe, folder), recipe.past + recipe.future, recipe.crop, recipe.seed, known)
    average = get_ema_multi_avg_fn(recipe.average)  # type: ignore[no-untyped-call]
    averaged = AveragedModel(network, multi_avg_fn=average)
    with (out / "log.jsonl").open("w") as log:
        for line in steps(recipe, windows, network, out):
            averaged.update_parameters(network)
            log.write(json.dumps(line) + "\n")
            log.flush()
            report(line)
            if line["step"] % 100 == 0:
                torch.save(averaged.module.state_dict(), out / "averaged.pt")
    trained = averaged.module
    assert isinstance(trained, Nowcaster)
    return trained


def steps(recipe: Recipe, windows: Windows, network: Nowcaster, out: Path) -> Iterator[dict[str, float]]:
    """One optimiser step at a time, with what the log says of it."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_factor(recipe, step))
    for step in range(1, recipe.steps + 1):
        began = time.perf_counter()
        pixels, observed = windows.batch(recipe.batch)
        loss = rollout_loss(recipe, network, pixels, observed)
        if not math.isfinite(loss.item()):
            torch.save((pixels, observed), out / "bad-batch.pt")
            raise BadInput(f"The loss is not finite at step {step}; the batch is saved in {out / 'bad-batch.pt'}.")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
        optimizer.step()
        schedule.step()
        seconds = time.perf_counter() - began
        yield {"step": step, "loss": loss.item(), "gradient": norm.item(), "seconds": round(seconds, 3)}


def rollout_loss(recipe: Recipe, network: Nowcaster, pixels: Tensor, observed: Tensor) -> Tensor:
    """The balanced error of every prediction of a rollout that eats its own predictions, and that of their chances."""
    past = pixels[:, : recipe.past]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bf16):
        frames, chances = zip(*network.said(past, recipe.future), strict=True)
    loss = balanced(torch.stack(frames, 1).float(), pixels[:, 1:], observed[:, 1:])
    if not recipe.rates:
        return loss
    logits = torch.stack(chances, 1).float()
    return loss + recipe.chance_weight * crossentropy(logits, pixels[:, 1:], observed[:, 1:], recipe.rates)


def rate_factor(recipe: Recipe, step: int) -> float:
    """Linear warm-up, then half a cosine down to a hundredth."""
    if step < recipe.warmup:
        return (step + 1) / recipe.warmup
    done = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2
