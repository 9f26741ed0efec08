"""Counters against the rows that they count: an app says how, the setting `RECONCILERS` names it.

A counter moves in the transaction of the row that it counts, and with it a number that only ever
grows. So whoever counts the rows anew sees whether anything moved meanwhile, and mends under the
condition that nothing has. What moves later than the rows that it counts says so (`is_at_rest`).
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prework.errors import Stale
from prework.tenancy import Actor
from prework.wording import camel

LOOKS = 8  # before a thing counts as never at rest
Counts = dict[str, int]


@dataclass(frozen=True)
class Look:
    """A thing's counters, and the number of its rows, counted after `moves` was read."""

    moves: int
    kept: Counts
    counted: Counts
    is_at_rest: bool = True  # whether none of the rows was still to be counted

    @property
    def is_right(self) -> bool:
        """Whether the counters are the number of the rows."""
        return self.is_at_rest and self.kept == self.counted

    def __str__(self) -> str:
        wrong = [name for name, count in self.counted.items() if self.kept[name] != count]
        return ", ".join(
            f"{camel(name)} is {self.kept[name]}, there are {self.counted[name]}" for name in wrong
        )


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    """How the counters of one kind of thing are compared and mended in an organisation.

    `look` is `None` for what is not there, or counts nothing. `mend` sets the counters to what
    was counted, in a Change, and raises `Stale` if they moved since.
    """

    name: str
    things: Callable[[Actor], Iterable[str]]
    look: Callable[[Actor, str], Look | None]
    mend: Callable[[Actor, str, Look], None]


@dataclass(frozen=True)
class Difference:
    """A thing whose counters were not right, and whether they are now."""

    name: str
    thing_id: str
    detail: str
    is_mended: bool


def differences(
    actor: Actor, reconciler: Reconciler, *, is_fixing: bool, pause_seconds: float
) -> Iterator[Difference | None]:
    """One answer for each thing that counts something: what is wrong with it, or `None`."""
    for thing_id in reconciler.things(actor):
        yield from _difference(actor, reconciler, thing_id, is_fixing, pause_seconds)


def _difference(
    actor: Actor, reconciler: Reconciler, thing_id: str, is_fixing: bool, pause_seconds: float
) -> Iterator[Difference | None]:
    """What is wrong is looked at twice, at rest: an index that names the rows may lag."""
    before: Look | None = None
    for _ in range(LOOKS):
        look = reconciler.look(actor, thing_id)
        if look is None:
            return
        if look.is_right:
            yield None
            return
        if look.is_at_rest and look == before:
            is_mended = is_fixing and _is_mended(actor, reconciler, thing_id, look)
            if is_mended or not is_fixing:
                yield Difference(reconciler.name, thing_id, str(look), is_mended)
                return
        before = look
        time.sleep(pause_seconds)
    yield Difference(reconciler.name, thing_id, "it is never at rest", is_mended=False)


def _is_mended(actor: Actor, reconciler: Reconciler, thing_id: str, look: Look) -> bool:
    try:
        reconciler.mend(actor, thing_id, look)
    except Stale:
        return False
    return True
