"""A large trail, put into the store as the services would have written it, day by day."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from audit.events import StaffViewed
from audit.services.recording import entry_of, note_day
from prework import clock, ids
from prework.dynamo import Item, connection
from prework.events import Recorded
from prework.tenancy import Actor

AT_ONCE = 25


def fill(actor: Actor, *, entries: int, days: int) -> datetime:
    """So many entries spread over the days before yesterday; since when there are any."""
    begin = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    begin -= timedelta(days=days + 1)
    for number in range(days):
        note_day(actor, (begin + timedelta(days=number)).date().isoformat())
    items = _items(actor, begin, entries, timedelta(days=days) / entries)
    while some := list(islice(items, AT_ONCE)):
        _put(some)
    return begin


def _items(actor: Actor, begin: datetime, entries: int, step: timedelta) -> Iterator[Item]:
    for number in range(entries):
        moment = begin + step * number
        made = UUID(ids.new_id()).int % 2**80 + (int(moment.timestamp() * 1000) << 80)
        event_id = str(UUID(int=made))
        event = StaffViewed(
            thing_type="box", entity_id=f"box-{number % 500}", new_values={"shelf": number}
        )
        yield entry_of(
            Recorded(
                event_id=event_id, timestamp=ids.moment_of(event_id), actor=actor, event=event
            )
        )


def _put(items: list[Item]) -> None:
    request = {
        type(items[0]).Meta.table_name: [
            {"PutRequest": {"Item": item.serialize()}} for item in items
        ]
    }
    connection().dispatch("BatchWriteItem", {"RequestItems": request})
