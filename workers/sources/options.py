"""What only one kind of source understands: the options of its spec, checked against those that there are."""

from jobs.source import SourceSpec
from radar.errors import BadInput

Value = str | int | float | bool


def options(spec: SourceSpec, **defaults: Value) -> dict[str, Value]:
    """All options of a kind, each of the type of its default; BadInput for one it does not have, or of another type."""
    for name, value in spec.options.items():
        if name not in defaults:
            known = ", ".join(defaults) or "none"
            raise BadInput(f"A source of kind {spec.kind} has no option {name!r}; it has {known}.")
        if not fits(value, defaults[name]):
            wanted = type(defaults[name]).__name__
            raise BadInput(f"The option {name!r} of a source of kind {spec.kind} is a {wanted}, not {value!r}.")
    return {**defaults, **spec.options}


def text(spec: SourceSpec, **defaults: str) -> dict[str, str]:
    """The options of a kind that has only words for them."""
    return {name: str(value) for name, value in options(spec, **defaults).items()}


def number(spec: SourceSpec, **defaults: float) -> dict[str, float]:
    """The options of a kind that has only numbers for them."""
    return {name: float(value) for name, value in options(spec, **defaults).items()}


def fits(value: Value, default: Value) -> bool:
    """True when the value is of the default's type; an int is a float too, but a bool is no number."""
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)
