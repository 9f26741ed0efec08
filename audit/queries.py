"""Reading the trail by one key, with whatever else is asked checked on what that key reads.

A request's id, a thing (its type and id), a user or an action is one Query on an index; nothing,
or a time alone, one on each partition of a day. A type or an id alone, and an outcome, no index
has: what is read for the rest is looked at, on and on.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from math import ceil, sqrt

from audit.events import FILTERS
from audit.models import SHARDS, AuditDay, Entry, scope, shard_of, sort_key
from prework import clock
from prework.dynamo import Page, StartKey, each, fetch
from prework.tenancy import Actor

BEGINNING, END = "0", "9999"
LAST = "~"  # sorts after whatever else is in a sort key
MIDNIGHT = "T00:00:00.000Z"
ONE_KEY: tuple[set[str], ...] = (
    {"request_id"},
    {"user_id"},
    {"action"},
    {"entity_type", "entity_id"},
    set(),
)
READ_AT_ONCE = 500
WALKED_AT_ONCE = 250
READ_BUDGET = 20_000
DAYS_AT_ONCE = 40
OF_A_DAY = 24  # what a day's Queries cost at the least, in entries: one without any costs as six


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What of the trail is asked for. `since` is inclusive, `until` exclusive."""

    request_id: str | None = None
    user_id: str | None = None
    action: str | None = None
    entity_type: str | None = None
    entity_id: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @cached_property
    def asked(self) -> dict[str, str]:
        """What is asked for beside a time."""
        given = {name: getattr(self, name) for name in FILTERS}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def is_one_key(self) -> bool:
        """Whether one Query's key is all that is asked for, so that what is read is what fits."""
        return set(self.asked) in ONE_KEY

    @property
    def is_by_day(self) -> bool:
        """Whether no index has what is asked for."""
        by_thing = self.entity_type and self.entity_id
        return not (self.request_id or by_thing or self.user_id or self.action)

    def ended(self) -> "Filters":
        """The same, ending now at the latest: what happens meanwhile is not in it."""
        now = clock.now()
        return replace(self, until=min(self.until or now, now))

    def fits(self, entry: Entry) -> bool:
        return all(getattr(entry, name) == value for name, value in self.asked.items())


@dataclass(frozen=True)
class Stretch:
    """A stretch of sort keys, in which direction it is read, and how many at a time."""

    lower: str
    upper: str
    page_size: int
    newest_first: bool = True

    @property
    def is_empty(self) -> bool:
        return self.lower > self.upper


@dataclass
class TrailPage(Page):
    """A page of the trail, and how many entries were read for it."""

    read: int = 0


@dataclass
class Spending:
    """What a page has read, and what that counts for; a day costs, however little it has."""

    is_by_day: bool
    read: int = 0
    spent: int = 0
    last: str = ""

    def on(self, entry: Entry) -> None:
        """One more was read."""
        is_another_day = entry.sk[:10] != self.last[:10]
        self.read += 1
        self.spent += 1 + (OF_A_DAY if self.is_by_day and is_another_day else 0)
        self.last = entry.sk


def entry_key(actor: Actor, timestamp: str, audit_id: str) -> tuple[str, str]:
    """The key of the entry of this time and id."""
    day, shard = timestamp[:10], shard_of(audit_id)
    return scope(actor, day, shard), sort_key(timestamp, audit_id)


def list_entries(
    actor: Actor, *, filters: Filters, limit: int, start: StartKey, budget: int = READ_BUDGET
) -> TrailPage:
    """A page of the trail, newest first. Needs `audit.view`.

    The most selective filter is a Query on its key; the others are checked on what it reads,
    on and on until the page is full or the trail ends; after `budget` entries a page ends as it
    is, with a cursor to read on from.
    """
    actor.require("audit.view")
    lower, upper = _bounds(filters)
    upper = _just_before(start["before"]) if start else upper
    stretch = Stretch(lower, upper, _page_size(filters, limit, budget))
    spending = Spending(is_by_day=filters.is_by_day)
    kept: list[Entry] = []
    for entry in _entries(actor, filters, stretch):
        if spending.spent >= budget:
            return TrailPage(kept, {"before": spending.last}, read=spending.read)
        spending.on(entry)
        if not _is_shown(actor, filters, entry):
            continue
        if len(kept) == limit:  # one more than the page tells that there are more
            return TrailPage(kept, {"before": kept[-1].sk}, read=spending.read)
        kept.append(entry)
    return TrailPage(kept, read=spending.read)


def walk_entries(
    actor: Actor, *, filters: Filters, needs: str = "audit.view", newest_first: bool = False
) -> Iterator[Entry | None]:
    """Every entry that fits, oldest first, however many: no more than a few pages are held.

    `None` stands for each that was read and does not fit: whoever walks can stop there, too.
    """
    actor.require(needs)
    stretch = Stretch(*_bounds(filters), WALKED_AT_ONCE, newest_first)
    read = _entries(actor, filters, stretch)
    return (entry if _is_shown(actor, filters, entry) else None for entry in read)


def _is_shown(actor: Actor, filters: Filters, entry: Entry) -> bool:
    """Whether it fits, and is an entry: an index also names what was put elsewhere by hand.

    What lies among the entries of a day is shown whatever it is: it is sealed, or is found added.
    """
    return filters.fits(entry) and (filters.is_by_day or _is_in_place(actor, entry))


def _is_in_place(actor: Actor, entry: Entry) -> bool:
    """Whether it is in the partition of its time and id: what is elsewhere is never verified.

    Its key tells these, so that an entry is not hidden by whoever alters what it says of itself.
    """
    try:
        return entry.pk == scope(actor, entry.sk[:10], shard_of(entry.sk))
    except ValueError:  # it ends in no id
        return False


def _bounds(filters: Filters) -> tuple[str, str]:
    """The first and the last sort key that a time allows."""
    lower = _from(filters.since) if filters.since else BEGINNING
    return lower, _from(filters.until) if filters.until else END


def _from(moment: datetime) -> str:
    """What sorts before the entries of this moment, and after those before it.

    Entries have milliseconds: one of .042 is before .0425.
    """
    return clock.to_text(moment) + (LAST if moment.microsecond % 1000 else "")


def _just_before(sk: str) -> str:
    """What sorts before this sort key and after every other that does."""
    return sk[:-1] + chr(ord(sk[-1]) - 1) + LAST


def _page_size(filters: Filters, limit: int, budget: int) -> int:
    if not filters.is_one_key:
        return max(limit + 1, min(READ_AT_ONCE, budget // SHARDS + 1))
    if filters.is_by_day:  # by chance a partition has more than its share, but seldom much more
        share = (limit + 1) / SHARDS
        return ceil(share + 3 * sqrt(share)) + 1
    return limit + 1


def _entries(actor: Actor, filters: Filters, stretch: Stretch) -> Iterator[Entry]:
    return iter(()) if stretch.is_empty else _source(actor, filters)(stretch)


def _source(actor: Actor, filters: Filters) -> Callable[[Stretch], Iterator[Entry]]:
    if filters.request_id:
        request = scope(actor, "REQUEST", filters.request_id)
        return lambda stretch: _whole(_by_index(4, request, stretch), stretch.page_size)
    if filters.entity_type and filters.entity_id:
        thing = scope(actor, "ENTITY", filters.entity_type, filters.entity_id)
        return lambda stretch: _by_index(2, thing, stretch)
    if filters.user_id:
        user = scope(actor, "USER", filters.user_id)
        return lambda stretch: _by_index(1, user, stretch)
    if filters.action:
        action = scope(actor, "ACTION", filters.action)
        return lambda stretch: _whole(_by_index(3, action, stretch), stretch.page_size)
    return lambda stretch: _by_day(actor, stretch)


def _by_index(index: int, pk: str, stretch: Stretch) -> Iterator[Entry]:
    return each(
        Entry,
        pk,
        index=index,
        sort=Entry.sk.between(stretch.lower, stretch.upper),
        newest_first=stretch.newest_first,
        page_size=stretch.page_size,
    )


def _whole(entries: Iterator[Entry], at_once: int) -> Iterator[Entry]:
    """The entries whose keys alone an index has."""
    while some := list(islice(entries, at_once)):
        yield from (entry for entry in fetch(*((Entry, e.pk, e.sk) for e in some)) if entry)


def _by_day(actor: Actor, stretch: Stretch) -> Iterator[Entry]:
    for day in _days(actor, stretch):
        shards = [
            each(
                Entry,
                scope(actor, day, str(shard)),
                sort=Entry.sk.between(stretch.lower, stretch.upper),
                newest_first=stretch.newest_first,
                page_size=stretch.page_size,
            )
            for shard in range(SHARDS)
        ]
        yield from heapq.merge(*shards, key=lambda one: one.sk, reverse=stretch.newest_first)


def _days(actor: Actor, stretch: Stretch) -> Iterator[str]:
    """The days that have entries; none that begins where the stretch ends."""
    days = each(
        AuditDay,
        scope(actor, "AUDITDAYS"),
        sort=AuditDay.sk.between(stretch.lower[:10], stretch.upper[:10]),
        newest_first=stretch.newest_first,
        page_size=DAYS_AT_ONCE,
    )
    return (day.sk for day in days if f"{day.sk}{MIDNIGHT}" < stretch.upper)
