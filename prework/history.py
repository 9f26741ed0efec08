"""Event history: one row per event and audience, which is also the outbox of the live push.

| question | key | function |
|---|---|---|
| what happened to a team, user or document, newest first | `O#EVENT#<type>#<id>` | `list_events` |
| what came after this event | the same, sort key above it | `events_since` |
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from prework import clock, ids, tables
from prework.dynamo import Item, Page, StartKey, each, read_page
from prework.events import Audience, Recorded
from prework.tenancy import Actor, key
from prework.transactions import Transaction
from prework.wording import camel_keys

MAX_REPLAY = 1000


class EventRow(Item, table=tables.SESSIONS):
    """One event in one audience's history."""

    event_id = UnicodeAttribute()
    body = UnicodeAttribute()  # the event as it goes out, as JSON text
    expires_at = NumberAttribute()


def to_wire(recorded: Recorded) -> dict[str, Any]:
    """The event as every client gets it, keys in camelCase."""
    event = recorded.event
    return {
        "eventId": recorded.event_id,
        "eventType": event.code,
        "entityType": event.target_type,
        "entityId": event.entity_id,
        "timestamp": clock.to_text(recorded.timestamp),
        "userId": recorded.actor.user_id,
        "data": camel_keys(event.data()),
    }


def add_rows(recorded: Recorded, transaction: Transaction) -> None:
    """Put an event into the history of each of its audiences: a `CHANGE_RECORDERS` entry."""
    audiences = dict.fromkeys(recorded.event.audiences())
    expires = recorded.timestamp + timedelta(days=recorded.event.keep_days)
    body = orjson.dumps(to_wire(recorded)).decode() if audiences else ""
    for audience in audiences:
        row = EventRow(
            partition(recorded.actor, audience),
            _sort_key(recorded.timestamp, recorded.event_id),
            event_id=recorded.event_id,
            body=body,
            expires_at=clock.to_epoch(expires),
        )
        transaction.put(row)


def partition(actor: Actor, audience: Audience) -> str:
    """The partition of an audience's history, in the actor's organisation."""
    return actor.key("EVENT", audience.entity_type, audience.entity_id)


def list_events(actor: Actor, audience: Audience, *, limit: int, start: StartKey) -> Page:
    """An audience's events on the wire, newest first. Ask the audience's own door before."""
    now = clock.to_epoch(clock.now())
    page = read_page(
        EventRow,
        partition(actor, audience),
        limit=limit,
        start=start,
        newest_first=True,
        keep=lambda row: row.expires_at > now,
    )
    page.items = [orjson.loads(row.body) for row in page.items]
    return page


def events_since(
    actor: Actor, audience: Audience, event_id: str, *, overlap: timedelta = timedelta(0)
) -> Iterator[dict[str, Any]]:
    """An audience's events after the one named, oldest first; none for a text that is no id."""
    try:
        moment: datetime = ids.moment_of(event_id)
    except ValueError:
        return
    after = EventRow.sk > _sort_key(moment - overlap, "" if overlap else event_id)
    rows = each(EventRow, partition(actor, audience), sort=after, page_size=MAX_REPLAY)
    yield from (orjson.loads(row.body) for row in rows)


def _sort_key(moment: datetime, event_id: str) -> str:
    return key("TIMESTAMP", clock.to_text(moment), event_id)
