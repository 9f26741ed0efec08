"""Reading the trail: newest first, by one key, with whatever else is asked read on."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from audit.models import SHARDS, AuditDay, Entry, scope, shard_of, sort_key
from prework import clock
from prework.dynamo import Page, StartKey, each, fetch
from prework.tenancy import Actor

BEGINNING, END = "0", "9999"
MIDNIGHT = "T00:00:00.000Z"
WANTED = ("user_id", "action", "entity_type", "entity_id")
READ_AT_ONCE = 500
READ_BUDGET = 20_000
DAYS_AT_ONCE = 40
OF_A_DAY = 24  # what a day's Queries cost at the least, in entries: one without any costs as six


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What of the trail is asked for. `since` is inclusive, `until` exclusive."""

    user_id: str | None = None
    action: str | None = None
    entity_type: str | None = None
    entity_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_one_key(self) -> bool:
        """Whether one Query's key is all that is asked for, so that what is read is what fits."""
        asked = {name for name in WANTED if getattr(self, name) is not None}
        return asked in ({"user_id"}, {"action"}, {"entity_type", "entity_id"}, set())

    def fits(self, entry: Entry) -> bool:
        return all(getattr(self, name) in (None, getattr(entry, name)) for name in WANTED)


@dataclass(frozen=True)
class Stretch:
    """A stretch of sort keys, and how many are read at a time."""

    lower: str
    upper: str
    page_size: int


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
    actor: Actor, *, filters: Filters, limit: int, start: StartKey, budget: int | None = None
) -> TrailPage:
    """A page of the trail, newest first. Needs `audit.view`.

    The most selective filter is a Query on its key; the others are checked on what it reads,
    on and on until the page is full or the trail ends; after `budget` entries (`READ_BUDGET`) a
    page ends as it is, with a cursor to read on from.
    """
    actor.require("audit.view")
    before = start["before"] if start else None
    lower = clock.to_text(filters.since) if filters.since else BEGINNING
    upper = before or (clock.to_text(filters.until) if filters.until else END)
    if lower > upper:
        return TrailPage([])
    # a cursor's own entry is read again, and one more than the page tells if there are more
    budget = budget or READ_BUDGET
    at_once = min(READ_AT_ONCE, budget // SHARDS + 1)
    page_size = limit + 2 if filters.is_one_key else max(limit + 2, at_once)
    spending = Spending(is_by_day=_is_by_day(filters))
    kept: list[Entry] = []
    for entry in _source(actor, filters)(Stretch(lower, upper, page_size)):
        if entry.sk == before:
            continue
        if spending.spent >= budget:
            return TrailPage(kept, {"before": spending.last}, read=spending.read)
        spending.on(entry)
        if not filters.fits(entry):
            continue
        if len(kept) == limit:
            return TrailPage(kept, {"before": kept[-1].sk}, read=spending.read)
        kept.append(entry)
    return TrailPage(kept, read=spending.read)


def _is_by_day(filters: Filters) -> bool:
    """Whether no index has what is asked for."""
    by_thing = filters.entity_type and filters.entity_id
    return not (by_thing or filters.user_id or filters.action)


def _source(actor: Actor, filters: Filters) -> Callable[[Stretch], Iterator[Entry]]:
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
    between = Entry.sk.between(stretch.lower, stretch.upper)
    return each(
        Entry, pk, index=index, sort=between, newest_first=True, page_size=stretch.page_size
    )


def _whole(entries: Iterator[Entry], page_size: int) -> Iterator[Entry]:
    """The entries whose keys alone an index has."""
    while some := list(islice(entries, page_size)):
        yield from (entry for entry in fetch(*((Entry, e.pk, e.sk) for e in some)) if entry)


def _by_day(actor: Actor, stretch: Stretch) -> Iterator[Entry]:
    days = AuditDay.sk.between(stretch.lower[:10], stretch.upper[:10])
    listed = scope(actor, "AUDITDAYS")
    for day in each(AuditDay, listed, sort=days, newest_first=True, page_size=DAYS_AT_ONCE):
        if f"{day.sk}{MIDNIGHT}" >= stretch.upper:
            continue  # it begins where the stretch ends
        shards = [
            each(
                Entry,
                scope(actor, day.sk, str(shard)),
                sort=Entry.sk.between(stretch.lower, stretch.upper),
                newest_first=True,
                page_size=stretch.page_size,
            )
            for shard in range(SHARDS)
        ]
        yield from heapq.merge(*shards, key=lambda entry: entry.sk, reverse=True)
