"""What `nowcast evaluate` runs: methods by their names, or by the folders of their checkpoints."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jobs.settings import settings
from model import checkpoint
from model.data.table import DATASETS
from model.evaluate import Protocol, one_by_one
from model.verification.peers import PEERS, peer, peer_version
from model.verification.run import Plan
from model.verification.run import common as only_common
from radar.card import Card
from radar.errors import BadInput
from workers.methods import Method, Methods, load, named, warmed


def plan_of(
    methods: Sequence[str], baselines: Sequence[str], protocol: Protocol, *, common: bool, every_step: bool
) -> Plan:
    """What is to be run."""
    known = load(settings())
    words = by_name([*(methods or known), *baselines])  # what is shown -> what was typed
    served = {name: method_of(word, known) for name, word in words.items() if name not in PEERS}
    forecasts = {name: one_by_one(served[name]) if name in served else peer(name) for name in words}
    versions = {name: served[name].card.version if name in served else peer_version() for name in words}
    networks = frozenset(name for name, method in served.items() if method.card.network) if every_step else frozenset()
    protocols = [protocol, only_common(protocol, list(words))] if common else [protocol]
    trained = trained_on({name: method.card for name, method in served.items()}, protocol)
    return Plan(forecasts, versions, protocols, networks, trained)


def by_name(words: Sequence[str]) -> dict[str, str]:
    """What was typed, by the name it is shown under; BadInput for two of one name."""
    found: dict[str, str] = {}
    for word in dict.fromkeys(words):
        if (name := shown(word)) in found:
            raise BadInput(f"Two methods are called {name}: give the folder of one another name.")
        found[name] = word
    return found


def shown(word: str) -> str:
    """The name under which a method is shown: the last part of a folder."""
    return Path(word).resolve().name if is_checkpoint(word) else word


def is_checkpoint(word: str) -> bool:
    """True for the folder of a checkpoint."""
    return (Path(word) / checkpoint.CARD).is_file()


def method_of(word: str, known: Methods) -> Method:
    """A method by its name or folder; BadInput for one that has not learnt rain."""
    method = warmed(settings(), Path(word)) if is_checkpoint(word) else named(known, word)
    data = (method.card.training or {}).get("data")
    if data in DATASETS and not DATASETS[data].rain:
        raise BadInput(f"{word} was trained on {data}, which is no rain.")
    return method


def trained_on(cards: Mapping[str, Card], protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """The events of a protocol that methods were trained on: scores there say nothing of their skill."""
    taught = {name: set((card.training or {}).get("events", ())) for name, card in cards.items()}
    seen = {name: tuple(event for event in protocol.events if event in events) for name, events in taught.items()}
    return {name: events for name, events in seen.items() if events}
