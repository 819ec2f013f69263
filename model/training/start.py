"""The network a recipe trains, and the weights it begins with."""

import math
from pathlib import Path

import torch
from torch import nn

from model import checkpoint
from model.checkpoint import shapes
from model.data.table import kind_of
from model.nowcaster import Nowcaster
from model.recipe import Recipe
from model.zoo import Network
from radar.errors import BadInput

GAIN = 1.4
STILL = 0.02
"""How much smaller the first weights of a layer that says flows are."""
RARE = -4.0
"""Log-odds of any chance at the start: most pixels are dry."""


def network_of(recipe: Recipe) -> Network:
    """The network a recipe trains."""
    return Network(
        recipe.model,
        recipe.width,
        recipe.kernel,
        kind_of(recipe.data).channels,
        links=recipe.links,
        depth=recipe.depth,
        patch=recipe.patch,
        residual=recipe.residual,
        moving=recipe.moving,
        matched=recipe.matched,
        faded=recipe.moving and recipe.matched and recipe.faded,
        thresholds=recipe.levels,
    )


def begun(recipe: Recipe) -> Nowcaster:
    """The network with the first weights of a run, the same for the same seed."""
    torch.manual_seed(recipe.seed)
    network = network_of(recipe).build()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if recipe.init == "normal":
        enliven(network)
    if recipe.start:
        begin_from(network, Path(recipe.start))
    if recipe.crop % network.stride:
        raise BadInput(f"crop is {recipe.crop}, but this network wants a multiple of {network.stride}.")
    return network


def enliven(network: Nowcaster) -> None:
    """Weights to learn from: change passes through every layer, dry ground is zero in all of them and has no chance.

    In the stack normal ones of standard deviation 1.4 / sqrt(inputs). With torch's own start each layer passes on a
    tenth of a change in its input, with this a quarter; there nothing was learnt in the first 200 steps, here something
    in the first 60. Biases are zero, and so is the embedding's: one that is not lifts all pixels alike, in a TrajGRU,
    whose states have no bound, by more than rain does; its heads then see little else (a gradient 5 to 130 long, where
    it is 1 to 2 now). Flows begin near zero, so that a cell first looks at where it is.
    """
    nn.init.zeros_(torch.as_tensor(network.embed.bias))
    if network.chance is not None:
        nn.init.constant_(torch.as_tensor(network.chance.bias), RARE)
    for name, layer in network.stack.named_modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            inputs = layer.weight[0].numel() if isinstance(layer, nn.Conv2d) else layer.weight[:, 0].numel()
            small = STILL if name.endswith(".flow") else 1.0
            nn.init.normal_(layer.weight, std=small * GAIN / math.sqrt(inputs))
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
