"""PromQL that panels are made of. Every gateway tells what the store says: of such series the largest is taken."""

RATE, RANGE = "$__rate_interval", "$__range"
CELL = "region, method, lead, threshold"


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Per second, summed over processes."""
    return f"sum{grouped(by)} (rate({metric}{{{where}}}[{RATE}]))"


def quantile(share: float, metric: str, by: str = "", where: str = "") -> str:
    """A quantile of a histogram, in its unit."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share:g}, {rate(f'{metric}_bucket', labels, where)})"


def mean(metric: str, by: str = "", where: str = "") -> str:
    """The mean of a histogram."""
    return f"{rate(f'{metric}_sum', by, where)} / {rate(f'{metric}_count', by, where)}"


def share(metric: str, part: str, where: str = "") -> str:
    """How much of a counter has some labels; 0 where nothing has."""
    both = f"{where}, {part}" if where else part
    return f"({or_none(rate(metric, where=both))}) / {rate(metric, where=where)}"


def or_none(expr: str) -> str:
    """Zero where there is nothing: what never happened has no series."""
    return f"{expr} or on () vector(0)"


def now(metric: str, by: str, where: str = "") -> str:
    """What the store says now."""
    return f"max{grouped(by)} ({metric}{{{where}}})"


def grouped(by: str) -> str:
    """The clause of an aggregation."""
    return f" by ({by})" if by else ""


def verified(kind: str, by: str, where: str, within: str = RANGE, cell: str = CELL) -> str:
    """What was added to a sum of verification within a window."""
    grown = f"increase(nowcast_verification_{kind}_total{{{where}}}[{within}])"
    return f"sum by ({by}) (max by ({cell}) ({grown}))"


def score(name: str, by: str, where: str, within: str = RANGE) -> str:
    """CSI, POD, FAR, or bias: a ratio of sums of pixels."""
    above, below = SCORES[name]
    parts = [" + ".join(verified(kind, by, where, within) for kind in kinds) for kinds in (above, below)]
    return f"({parts[0]}) / ({parts[1]})"


def fss(by: str, where: str, within: str = RANGE) -> str:
    """Fractions skill score: 1 - apart / most."""
    apart, most = (verified(f"fss_{kind}", by, where, within, f"{CELL}, scale") for kind in ("apart", "most"))
    return f"1 - {apart} / {most}"


def chances(kind: str, by: str, where: str, within: str = RANGE) -> str:
    """A sum of the reliability diagram."""
    return verified(f"chance_{kind}", by, where, within, "region, method, threshold, chance")


SCORES = {
    "csi": (("hits",), ("hits", "misses", "false_alarms")),
    "pod": (("hits",), ("hits", "misses")),
    "far": (("false_alarms",), ("hits", "false_alarms")),
    "bias": (("hits", "false_alarms"), ("hits", "misses")),
}
