"""A stretch of a trail: the first digest that says something about it, and all that is stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from audit.engine.digests import Digest
from audit.engine.keys import Keyring
from audit.services import chain
from audit.services.windows import (
    BEGINNING,
    LAST,
    Stored,
    days_between,
    days_listed,
    entries_of_days,
)
from prework import clock
from prework.tenancy import Actor

LOOK_BACK = timedelta(days=31)  # before the first seal, for what pretends to be older
# There was no trail before: a seal of an entry that says so makes nobody read two thousand years.
BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
LOOK_AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """From and to a time, or all that there is; `first` is the number of its first digest."""

    since: str | None
    until: str | None
    first: int
    digest: Digest | None

    def stored(self, actor: Actor, now: datetime, *, is_thorough: bool = True) -> Iterator[Stored]:
        """What is stored there, in order; from the beginning of the window that it cuts.

        Without a beginning: on the days that the organisation lists, and on every day since a
        month before its first seal, listed or not. With one, on every day; before the first seal
        only if it is to be thorough, for there may be two thousand years of them.
        """
        soon = clock.to_text(now + LOOK_AHEAD)
        last = min(self.until or soon, soon)
        start = BEGINNING if self.since is None else self._start(self.since)
        days: Iterable[str] = days_between(start, last)
        if self.since is None or (self.first == 1 and not is_thorough):
            days = (day for day in self._all_days(actor, now, last) if day >= start[:10])
        return entries_of_days(actor, days, start, LAST)

    def _start(self, since: str) -> str:
        digest = self.digest
        is_cut = digest is not None and digest.window_start < since < digest.window_end
        return digest.window_start if digest and is_cut else since

    def _all_days(self, actor: Actor, now: datetime, last: str) -> Iterable[str]:
        begin = clock.from_text(self.digest.window_start) if self.digest else now
        looked_at = days_between(clock.to_text(max(begin, BEGUN + LOOK_BACK) - LOOK_BACK), last)
        return sorted({*days_listed(actor, BEGINNING, self.until or LAST), *looked_at})


def find_stretch(
    actor: Actor, since: str | None, until: str | None, *, last: int, keys: Keyring
) -> Stretch:
    """The stretch from and to these times; `last` is where the chain is said to end."""
    organization_id, first = actor.organization_id, 1
    if since is not None:
        first = chain.first_ending_after(organization_id, since, last=last, keys=keys)
    return Stretch(since, until, first, chain.find_digest(organization_id, first, keys))


class Stream:
    """Stored entries in order, taken up to one time after the other."""

    def __init__(self, entries: Iterator[Stored]) -> None:
        self._entries = entries
        self._next = next(entries, None)

    def until(self, moment: str) -> Iterator[Stored]:
        """Those before this time that were not taken yet."""
        while self._next is not None and self._next.sort_key < moment:
            taken, self._next = self._next, next(self._entries, None)
            yield taken
