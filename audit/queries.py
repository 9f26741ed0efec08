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
HYDRATED_AT_ONCE = 100  # what one BatchGetItem takes


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What of the trail is asked for. `since` is inclusive, `until` exclusive."""

    user_id: str | None = None
    action: str | None = None
    entity_type: str | None = None
    entity_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, entry: Entry) -> bool:
        wanted = ("user_id", "action", "entity_type", "entity_id")
        return all(getattr(self, name) in (None, getattr(entry, name)) for name in wanted)


@dataclass(frozen=True)
class Stretch:
    """A stretch of sort keys, and how many are read at a time."""

    lower: str
    upper: str
    page_size: int


def list_entries(actor: Actor, *, filters: Filters, limit: int, start: StartKey) -> Page:
    """A page of the trail, newest first. Needs `audit.view`.

    The most selective filter is a Query on its key; the others are checked on what it reads,
    on and on until the page is full or the trail ends.
    """
    actor.require("audit.view")
    before = start["before"] if start else None
    lower = clock.to_text(filters.since) if filters.since else BEGINNING
    upper = before or (clock.to_text(filters.until) if filters.until else END)
    if lower > upper:
        return Page([])
    stretch = Stretch(lower, upper, limit + 1)
    kept: list[Entry] = []
    for entry in _source(actor, filters)(stretch):
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
        return lambda stretch: _whole(_by_index(3, action, stretch))
    return lambda stretch: _by_day(actor, stretch)


def _by_index(index: int, pk: str, stretch: Stretch) -> Iterator[Entry]:
    between = Entry.sk.between(stretch.lower, stretch.upper)
    return each(
        Entry, pk, index=index, sort=between, newest_first=True, page_size=stretch.page_size
    )


def _whole(entries: Iterator[Entry]) -> Iterator[Entry]:
    """The entries whose keys alone an index has."""
    while some := list(islice(entries, HYDRATED_AT_ONCE)):
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
