"""`nowcast methods`: what there is to ask for."""

import json

import click
from rich.console import Console
from rich.table import Table

from jobs.settings import settings
from radar.card import Card
from workers.methods import check, load


@click.command("methods")
@click.option("--json", "as_json", is_flag=True, help="the cards as JSON")
def command(as_json: bool) -> None:
    """List the methods with their cards."""
    check(settings())
    cards = [method.card for method in load(settings()).values()]
    if as_json:
        click.echo(json.dumps([card.model_dump(mode="json") for card in cards], indent=2))
    else:
        Console().print(table(cards))


def table(cards: list[Card]) -> Table:
    """The cards, a line each."""
    shown = Table("method", "version", "frames in", "leads", "what it is")
    for card in cards:
        frames = f"{card.min_frames}-{card.max_frames}"
        shown.add_row(card.method, card.version, frames, str(card.max_horizon), card.summary)
    return shown
