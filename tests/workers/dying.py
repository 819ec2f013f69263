"""A client of Redis whose process dies at a command of the test's choosing."""

from collections.abc import Callable
from typing import Any

from redis import Redis

FOR_EVER = 10**9


class Died(BaseException):
    """Not an Exception: nothing may catch it."""


class Dying(Redis):
    """It dies when no command is left; all clients share them."""

    left = FOR_EVER

    def execute_command(self, *arguments: Any, **options: Any) -> Any:
        self.spend()
        return super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, *arguments: Any, **options: Any) -> Any:
        self.spend()
        return super().pipeline(*arguments, **options)

    def spend(self) -> None:
        """One command less."""
        Dying.left -= 1
        if Dying.left < 0:
            raise Died


def ends(work: Callable[[], object], commands: int = FOR_EVER) -> bool:
    """True when work comes to its end with so many commands."""
    Dying.left = commands
    try:
        work()
    except Died:
        return False
    finally:
        Dying.left = FOR_EVER
    return True
