"""A strip of maps: one window as it came, and as each method said it would."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from model.evaluate import Case, Forecast, Protocol, as_outlook
from model.verification.charts import figure
from model.verification.results import Window
from radar.formats.picture import COLOURS, RATES
from radar.frames import DELUGE, Rain, stamp

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

SHARES = (0.25, 0.5, 1.0)
"""Of the longest lead: which ones are drawn beside now. Of an hour 15, 30 and 60 minutes."""


def found(window: Window, cases: Iterable[Case]) -> Case:
    """The window again, with its frames, among those of its event."""
    return next(case for case in cases if stamp(case.past.times[-1]) == window.time)


def draw(case: Case, methods: Mapping[str, Forecast], protocol: Protocol, path: Path) -> None:
    """The strip as a PNG: a row for what came and for each method, a column for now and for some leads."""
    rows: dict[str, Rain] = {"observed": case.observed}
    for name, forecast in methods.items():
        rows[name] = as_outlook(forecast(case.past, protocol.leads)).frames.rain
    leads = [max(1, round(share * protocol.leads)) for share in SHARES]
    title = f"{case.event}, {stamp(case.past.times[-1])}, {case.data}"
    drawn, axes = figure(1 + len(leads), title, rows=len(rows), side=(2.1, 1.9))
    for panels, (name, rain) in zip(axes, rows.items(), strict=True):
        panels[0].set_ylabel(name, fontsize=7)
        for panel, frame in zip(panels, [case.past.rain[-1], *(rain[lead - 1] for lead in leads)], strict=True):
            picture = map_of(panel, frame)
    for panel, lead in zip(axes[0], [0, *leads], strict=True):
        panel.set_title(f"+{lead * protocol.cadence_minutes:g} min" if lead else "now", fontsize=8)
    drawn.colorbar(picture, ax=[panel for panels in axes for panel in panels], label="mm/h", shrink=0.5, ticks=RATES)
    drawn.savefig(path, dpi=110)


def map_of(panel: "Axes", rain: Rain) -> "AxesImage":
    """One frame as a map in our colours; white is dry, grey is not known."""
    from matplotlib.colors import BoundaryNorm, ListedColormap  # noqa: PLC0415

    _, *colours, missing = COLOURS / 255
    palette = ListedColormap(colours).with_extremes(under="white", bad=missing)
    panel.set(xticks=[], yticks=[])
    return panel.imshow(rain, palette, BoundaryNorm([*RATES, DELUGE], len(colours)), interpolation="nearest")
