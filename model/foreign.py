"""Weights that others trained with the MS-RNN authors' code: read from their files, and what network they are of."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import ZipFile

import torch
from torch import Tensor

from model import reference
from model.checkpoint import FLOATS, MAX_WEIGHTS_BYTES, bounded, tensors
from model.nowcaster import Nowcaster
from model.zoo import Network
from radar.errors import BadCheckpoint, BadFrames
from radar.formats.untrusted import untrusted

Weights = Mapping[str, Tensor]
LAYER = re.compile(r"^rnns\.lstm\.(\d{1,2})\.")
SQUARE = ("rnns.lstm.0._conv_x2h", "rnns.lstm.0._conv_x_h_c")
"""Convolutions whose kernel is the network's; every model has one of them."""


def read(path: Path) -> Weights:
    """The tensors of a safetensors or torch file under the reference's names; BadCheckpoint for anything else."""
    content = bounded(path, MAX_WEIGHTS_BYTES)
    found = tensors(content) if content[8:9] == b"{" else unpickled(content, path)
    inner = found.get("state_dict", found) if isinstance(found, dict) else None
    if not isinstance(inner, dict) or not inner or not all(map(is_weight, inner, inner.values())):
        raise BadCheckpoint(f"{path} holds no network's weights, or more than these.")
    if sum(tensor.numel() for tensor in inner.values()) > MAX_WEIGHTS_BYTES // 4:  # a view may be larger than its file
        raise BadCheckpoint(f"{path} holds more than {MAX_WEIGHTS_BYTES // 4} weights.")
    if not all(tensor.isfinite().all() for tensor in inner.values()):
        raise BadCheckpoint(f"{path} holds weights that are not finite.")
    return {name.removeprefix("module."): tensor for name, tensor in inner.items()}


def unpickled(content: bytes, path: Path) -> object:
    """What a torch file holds, none of it executed."""
    try:
        with untrusted("torch"):
            inside = ZipFile(io.BytesIO(content)).infolist() if content.startswith(b"PK") else []
            if sum(part.file_size for part in inside) > len(content):
                raise BadCheckpoint(f"{path} is compressed; only plain torch files are read.")
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except BadFrames as error:
        raise BadCheckpoint(f"{path} is neither a safetensors file nor a torch file of weights only.") from error


def is_weight(name: object, tensor: object) -> bool:
    """True for a name with a plain tensor of real numbers."""
    if not isinstance(name, str) or not isinstance(tensor, Tensor):
        return False
    return tensor.dtype in FLOATS and tensor.layout == torch.strided and tensor.device.type == "cpu"


def network_of(model: str, theirs: Weights, given: Mapping[str, int | None]) -> Network:
    """The network that weights are of: sizes as given, else by the tensors' shapes."""
    width, channels = shape(theirs, "embed.conv_embed")[:2]
    square = next((name for name in SQUARE if f"{name}.weight" in theirs), SQUARE[0])
    kernel = shape(theirs, square)[-1]
    links = shape(theirs, "rnns.lstm.0._conv_flow")[0] // 2 if "trajgru" in model else Network.links
    return Network(
        model,
        width=given.get("width") or width,
        kernel=given.get("kernel") or kernel,
        channels=given.get("channels") or channels,
        links=given.get("links") or links,
        depth=1 + max(int(found[1]) for name in theirs if (found := LAYER.match(name))),
        reference=True,
    )


def shape(theirs: Weights, name: str) -> tuple[int, ...]:
    """The shape (out, in, height, width) of a convolution's weights."""
    tensor = theirs.get(f"{name}.weight")
    if tensor is None or tensor.dim() != 4:
        raise BadCheckpoint(f"The reference checkpoint has no {name}.weight: is it of another model?")
    return tuple(tensor.shape)


def load(network: Network, theirs: Weights) -> Nowcaster:
    """The network with the weights; BadCheckpoint when they are another's."""
    with torch.device("meta"):  # nothing is allocated for weights that are another's
        empty = network.build()
    check_names(network, theirs, [name for _, names, _ in reference.joins(empty) for name in names])
    if sum(map(torch.numel, empty.parameters())) > sum(map(torch.numel, theirs.values())):
        raise BadCheckpoint("The reference checkpoint has fewer weights than the network: is it of another size?")
    made = network.build()
    reference.load(made, theirs)
    return made.eval()


def check_names(network: Network, theirs: Weights, wanted: Sequence[str]) -> None:
    """Refuse weights that lack a convolution, or have one that no layer of such a network has."""
    for name in wanted:
        shape(theirs, name)
    known = {LAYER.sub("", name) for name in wanted}
    strange = [name for name in theirs if LAYER.sub("", name).rpartition(".")[0] not in known]
    if strange:
        raise BadCheckpoint(f"The reference checkpoint has {strange[0][:80]!r}, which no {network.model} has.")
