"""Charts of results: scores against lead, performance, reliability and spectra; matplotlib is needed only here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model.verification.differences import COMPARED, NEARBY_KM, band
from model.verification.results import Results
from model.verification.tables import SMALLEST_BIN, graded
from radar.errors import BadInput
from radar.spectra import CENTRES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "os^Dv*Ph"
"""One for each threshold."""


def figure(
    columns: int, title: str, rows: int = 1, side: tuple[float, float] = (3.6, 3.6)
) -> "tuple[Figure, Sequence[Sequence[Axes]]]":
    """An empty picture with rows of panels; BadInput when matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise BadInput("Charts need matplotlib: pip install 'nowcast[report]'.") from error
    drawn = Figure(figsize=(side[0] * columns, side[1] * rows + 0.6), layout="constrained")
    drawn.suptitle(title, fontsize=10)
    return drawn, drawn.subplots(rows, columns, squeeze=False).tolist()


def colours(results: Results) -> dict[str, str]:
    """A colour for each method, the same in all charts."""
    return {method: f"C{at % 10}" for at, method in enumerate(results.versions)}


def draw(results: Results, folder: Path) -> list[Path]:
    """Every chart as a PNG in the folder; their paths."""
    paths = []
    for data in results.data:
        for name, chart in CHARTS.items():
            path = folder / f"{name}-{plain_name(data)}.png"
            drawn = chart(results, data)
            if drawn is not None:
                drawn.savefig(path, dpi=110)
                paths.append(path)
    return paths


def plain_name(data: str) -> str:
    """A kind of data as part of a file name: of `3.75 km` it is 3.75-km."""
    return "-".join(data.split())


def against_lead(kind: str) -> "Callable[[Results, str], Figure]":
    """A chart of a score of COMPARED against lead, a panel a threshold, with bands of the bootstrap."""

    def chart(results: Results, data: str) -> "Figure":
        thresholds = results.protocol.thresholds
        title = f"{kind.upper()} against lead, {data} - protocol {identity(results, kind)}"
        drawn, (axes,) = figure(len(thresholds), title)
        for method, colour in colours(results).items():
            lines(axes, results, (data, method, kind), colour)
        for threshold, panel in zip(thresholds, axes, strict=True):
            panel.set(title=f"{threshold:g} mm/h", xlabel="lead, min", ylim=(0, None))
            panel.grid(alpha=0.3)
        axes[0].set_ylabel(kind.upper())
        axes[-1].legend(fontsize=7)
        return drawn

    return chart


def identity(results: Results, kind: str) -> str:
    """The protocol id of a score of COMPARED."""
    return results.ids[COMPARED[kind][0]]


def minutes(results: Results) -> Any:
    """The leads in minutes."""
    return results.protocol.cadence_minutes * np.arange(1, results.protocol.leads + 1)


def lines(axes: "Sequence[Axes]", results: Results, what: tuple[str, str, str], colour: str) -> None:
    """A score of a method by lead in the panel of each threshold, and its band."""
    data, method, kind = what
    family, score = COMPARED[kind]
    values = score(results.total(data, method).family(family))
    bounds = band([sheet.family(family) for sheet in results.blocks(data, method)], score)
    for at, panel in enumerate(axes):
        panel.plot(minutes(results), values[:, at], colour, label=method)
        if bounds is not None:
            low, high = (ends[:, at] for ends in bounds)
            panel.fill_between(minutes(results), low, high, color=colour, alpha=0.12, linewidth=0)


def performance(results: Results, data: str) -> "Figure":
    """Detection against success, pooled over all leads (Roebber 2009): the best is top right, CSI in grey."""
    drawn, ((panel,),) = figure(1, f"Performance, {data} - protocol {results.ids['counts']}", side=(5, 5))
    ticks = np.linspace(0.01, 1, 100)
    success, detection = np.meshgrid(ticks, ticks)
    csi = 1 / (1 / success + 1 / detection - 1)
    panel.clabel(panel.contour(success, detection, csi, np.arange(0.1, 1, 0.1), colors="0.8"), fontsize=6)
    for bias in (0.5, 0.8, 1, 1.25, 2):
        panel.plot(ticks, np.minimum(bias * ticks, 1.01), ":", color="0.6", linewidth=0.7)
    for method, colour in colours(results).items():
        counts = results.total(data, method).counts.pooled()
        panel.plot(1 - counts.far[0], counts.pod[0], color=colour, linewidth=0.7, label=method)
        for marker, x, y in zip(MARKERS * 2, 1 - counts.far[0], counts.pod[0], strict=False):
            panel.plot(x, y, marker, color=colour, markersize=5)
    said = ", ".join(f"{threshold:g}" for threshold in results.protocol.thresholds)
    panel.set(xlim=(0, 1), ylim=(0, 1), xlabel=f"success ratio, 1 - FAR; markers: {said} mm/h", ylabel="POD")
    panel.legend(fontsize=7)
    return drawn


def reliability(results: Results, data: str) -> "Figure | None":
    """What came against what was said, a panel a threshold, with how often it was said; None without such a method."""
    chancy = [method for method in results.versions if graded(results.total(data, method))]
    if not chancy:
        return None
    thresholds = results.protocol.thresholds
    drawn, (axes,) = figure(len(thresholds), f"Reliability, all leads, {data} - protocol {results.ids['reliability']}")
    for at, (threshold, panel) in enumerate(zip(thresholds, axes, strict=True)):
        panel.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
        counts = panel.twinx()
        for method in chancy:
            reliable(panel, counts, results, (data, method), at)
        counts.set(yscale="log", ylim=(1, None))
        counts.tick_params(labelsize=6)
        panel.set(title=f"{threshold:g} mm/h", xlabel="chance said", xlim=(0, 1), ylim=(0, 1))
        panel.grid(alpha=0.3)
    axes[0].set_ylabel("share that came; right: pixels (dotted)")
    axes[-1].legend(fontsize=7)
    return drawn


def reliable(panel: "Axes", counts: "Axes", results: Results, what: tuple[str, str], at: int) -> None:
    """The curve of a method for one threshold and its counts."""
    colour = colours(results)[what[1]]
    sums = results.total(*what).reliability.pooled()
    said, came = (curve[0, at] for curve in sums.curve)
    enough = sums.pixels[0, at] >= SMALLEST_BIN
    panel.plot(said[enough], came[enough], "o-", color=colour, markersize=3, label=what[1])
    counts.plot(said, np.maximum(sums.pixels[0, at], 1), ":", color=colour, linewidth=0.8)


def spectrum(results: Results, data: str) -> "Figure":
    """Power against wavelength at half the leads and at the last: a blurred forecast lacks power on small scales."""
    last = results.protocol.leads
    drawn, (axes,) = figure(2, f"Power spectra, {data} - protocol {results.ids['spectra']}", side=(4.2, 4.2))
    for panel, lead in zip(axes, (max(last // 2, 1), last), strict=True):
        for method, colour in colours(results).items():
            said, came = results.total(data, method).spectra.pooled(slice(lead - 1, lead)).densities
            panel.plot(CENTRES, said[0], color=colour, label=method)
        panel.plot(CENTRES, came[0], "k--", label="observed")
        title = f"{lead * results.protocol.cadence_minutes:g} min"
        panel.set(xscale="log", yscale="log", xlabel="wavelength, km", title=title)
        panel.invert_xaxis()
        panel.grid(alpha=0.3)
    axes[0].set_ylabel("power, dB²")
    axes[-1].legend(fontsize=7)
    return drawn


CHARTS: "dict[str, Callable[[Results, str], Figure | None]]" = {
    "csi": against_lead("csi"),
    "fss": against_lead(f"fss {NEARBY_KM:g} km"),
    "performance": performance,
    "reliability": reliability,
    "spectra": spectrum,
}
