"""What goes on by itself: an app says it in its `jobs.py`, the setting `JOBS` names it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")


class TurnOver(Exception):
    """This run ends here: another process leads now, or this one is told to stop."""


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One run of a job. A job asks between its steps whether it is to go on.

    Every step is whole by itself: a job that is killed anywhere goes on from the store.
    """

    is_over: Callable[[], bool] = _never
    show: Callable[[Iterable[object], str], Iterable[object]] = field(default=lambda it, _: it)

    def check(self) -> None:
        """Raise `TurnOver` if it is not to go on."""
        if self.is_over():
            raise TurnOver

    def steps(self, things: Iterable[T], what: str = "") -> Iterator[T]:
        """Each of these, with a look at whether to go on before it and a progress bar beside."""
        for thing in self.show(things, what):
            self.check()
            yield thing  # type: ignore[misc]  # a bar passes on what it is given


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something to be done every so often, by one process at a time."""

    name: str
    every: timedelta
    work: Callable[[Turn], None]
