"""Windows of time, and the entries in them as they are stored: what is sealed and what is checked.

Times are texts of one length here, which sort as times do; a window is `[start, end)` of them and
never crosses midnight.
"""

import heapq
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings

from audit.engine.canonical import Unreadable, canonical
from audit.engine.leaves import Leaf, id_in, leaf_of
from audit.models import SHARDS, AuditDay, Entry, scope
from prework import clock
from prework.dynamo import each_raw
from prework.tenancy import Actor

MIDNIGHT = "T00:00:00.000Z"
BEGINNING = f"0001-01-01{MIDNIGHT}"
LONGEST_DAY = 40  # characters; what is longer is no day, and no key either
PAGE = 500  # entries of a shard at once: a quarter of a megabyte
FIRST, LAST = "0", "\U0010ffff"  # below and above every sort key
# What an entry may leave out, and what it means then.
OPTIONAL = {"actorKind": "user", "reason": None, "impersonatorId": None}
JSON_TEXTS = ("oldValues", "newValues")
TEXTS = (
    "auditId",
    "timestamp",
    "organizationId",
    "action",
    "userId",
    "entityType",
    "entityId",
    "ip",
    "userAgent",
    "sessionId",
    "requestId",
    "outcome",
)


class Window(NamedTuple):
    """A stretch of a day, its start inclusive and its end exclusive."""

    start: str
    end: str


@dataclass(frozen=True)
class Stored:
    """An item where entries are, whatever it is."""

    sort_key: str
    shard: int
    day: str
    raw: dict[str, Any]

    @property
    def place(self) -> tuple[str, int]:
        return self.sort_key, self.shard

    @property
    def audit_id(self) -> str:
        """Its id by its key; what it says of itself may be another one."""
        return id_in(self.sort_key)

    @property
    def claimed_id(self) -> str:
        """Its id by its own word."""
        return str(self.raw.get("auditId", {}).get("S", ""))

    @property
    def is_of_its_day(self) -> bool:
        """Whether its key is one that its partition has."""
        try:
            return f"{self.day}{MIDNIGHT}" <= self.sort_key < midnight_after(self.day)
        except (ValueError, OverflowError):  # a day that there is not
            return False

    def to_wire(self) -> dict[str, Any]:
        """The entry as it is exported. Raises `Unreadable`."""
        try:
            return _to_wire(self.raw)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise Unreadable(f"It is no entry: {error!r}") from None

    def leaf(self) -> Leaf:
        """What is sealed of it."""
        try:
            sealed = canonical(self.to_wire())
        except Unreadable:
            sealed = None
        return leaf_of(self.sort_key, self.shard, sealed, self.raw)


def _to_wire(raw: dict[str, Any]) -> dict[str, Any]:
    wire: dict[str, Any] = {name: raw[name]["S"] for name in TEXTS}
    wire |= {name: json.loads(raw[name]["S"]) for name in JSON_TEXTS}
    return wire | {name: raw[name]["S"] if name in raw else OPTIONAL[name] for name in OPTIONAL}


def entries_of_days(actor: Actor, days: Iterable[str], since: str, until: str) -> Iterator[Stored]:
    """What is stored on these days, in order; of the first and last day from and to a time.

    A day is read as it is, keys in it that are of no time of this day included. Four Queries a
    day at the least; one page of each shard is held.
    """
    for day in days:
        lower = since if day == since[:10] and since[10:] != MIDNIGHT else FIRST
        upper = until if day == until[:10] else LAST
        shards = [_shard(actor, day, shard, lower, upper) for shard in range(SHARDS)]
        yield from heapq.merge(*shards, key=lambda stored: stored.place)


def _shard(actor: Actor, day: str, shard: int, lower: str, upper: str) -> Iterator[Stored]:
    between = Entry.sk.between(lower, upper)
    for raw in each_raw(Entry, scope(actor, day, str(shard)), sort=between, page_size=PAGE):
        yield Stored(raw["SK"]["S"], shard, day, raw)


def days_listed(actor: Actor, since: str, until: str) -> list[str]:
    """The days on which the organisation has entries by its own list, in order."""
    listed = AuditDay.sk.between(since[:10], until[:10])
    days = (raw["SK"]["S"] for raw in each_raw(AuditDay, scope(actor, "AUDITDAYS"), sort=listed))
    return [day for day in days if len(day) <= LONGEST_DAY]


def days_between(since: str, until: str) -> Iterator[str]:
    """Every day from one to another, both included."""
    first, last = date.fromisoformat(since[:10]), date.fromisoformat(until[:10])
    for number in range((last - first).days + 1):
        yield (first + timedelta(days=number)).isoformat()


def window_of(stored: Stored) -> Window:
    """The window that an entry of this sort key falls in; the key may be no time at all."""
    bounds = _bounds(stored.day, settings.AUDIT_WINDOW_SECONDS)
    place = bisect_right(bounds, stored.sort_key)
    return Window(*bounds[place - 1 : place + 1])


@lru_cache(maxsize=8)
def _bounds(day: str, seconds: int) -> list[str]:
    begin = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    starts = range(0, 86_400, seconds)
    return [
        *(clock.to_text(begin + timedelta(seconds=start)) for start in starts),
        midnight_after(day),
    ]


@lru_cache(maxsize=512)
def midnight_after(day: str) -> str:
    """When the next day begins."""
    return f"{(date.fromisoformat(day) + timedelta(days=1)).isoformat()}{MIDNIGHT}"


def closed_until(now: datetime) -> str:
    """Up to when windows are closed, and nothing can arrive in them any more."""
    seconds = int(now.timestamp()) - settings.AUDIT_GRACE_SECONDS
    aligned = seconds - seconds % settings.AUDIT_WINDOW_SECONDS
    return clock.to_text(datetime.fromtimestamp(aligned, UTC))
