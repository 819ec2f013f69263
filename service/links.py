"""Paths in answers as their reader reaches them: below the address, and under the version, that a request came by."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import BaseModel, ConfigDict, Field, field_serializer

ROOT: ContextVar[str] = ContextVar("root", default="")
"""What stands before every path of the request that is being answered; threads that work for it know it too."""


@contextmanager
def below(root: str) -> Iterator[None]:
    """While a request is answered that came by this path."""
    token = ROOT.set(root)
    try:
        yield
    finally:
        ROOT.reset(token)


def reached(path: str) -> str:
    """A path of the service as the caller may ask for it next."""
    return ROOT.get() + path


class Links(BaseModel):
    """Paths of the service by what they lead to; in the JSON as the caller reaches them."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    self_: str = Field(alias="self")

    @field_serializer("*", when_used="json")
    def shown(self, path: str) -> str:
        """Here alone: who makes them need not know by which address they are read."""
        return reached(path)
