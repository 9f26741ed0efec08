"""Reading the trail: newest first, by one key, with whatever else is asked read on."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from audit.models import SHARDS, AuditDay, Entry, scope
from prework import clock
from prework.dynamo import Page, StartKey, each, fetch
from prework.tenancy import Actor

BEGINNING, END = "0", "9999"
WANTED = ("user_id", "action", "entity_type", "entity_id")
READ_AT_ONCE = 500
READ_BUDGET = 20_000


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


def list_entries(actor: Actor, *, filters: Filters, limit: int, start: StartKey) -> Page:
    """A page of the trail, newest first. Needs `audit.view`.

    The most selective filter is a Query on its key; the others are checked on what it reads,
    on and on until the page is full or the trail ends; after `READ_BUDGET` entries a page ends
    as it is, with a cursor to read on from.
    """
    actor.require("audit.view")
    before = start["before"] if start else None
    lower = clock.to_text(filters.since) if filters.since else BEGINNING
    upper = before or (clock.to_text(filters.until) if filters.until else END)
    if lower > upper:
        return Page([])
    # a cursor's own entry is read again, and one more than the page tells if there are more
    page_size = limit + 2 if filters.is_one_key else max(limit + 2, READ_AT_ONCE)
    kept: list[Entry] = []
    for number, entry in enumerate(_source(actor, filters)(Stretch(lower, upper, page_size))):
        if number == READ_BUDGET:
            return Page(kept, {"before": entry.sk})
        if entry.sk == before or not filters.fits(entry):
            continue
        if len(kept) == limit:
            return Page(kept, {"before": kept[-1].sk})
        kept.append(entry)
    return Page(kept)


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
    for day in each(AuditDay, scope(actor, "AUDITDAYS"), sort=days, newest_first=True):
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
