"""The outbox in the store: a row for all that is to be sent, until it is.

| question | key in sessions | function |
|---|---|---|
| what is due | `PLATFORM#OUTBOX#<0..7>` / `<due>#<id>` | `due_rows` |

A row is sealed: what is to be sent may hold a token that opens something. Whoever is to send it
claims it first, for a while in which nobody else does. What could not be sent moves to a later
key, so that what is due is always what comes first.
"""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from prework import clock, ids, ledger, sealing, tables
from prework.dynamo import Item, each
from prework.errors import NotFound
from prework.tenancy import PLATFORM, key
from prework.transactions import Transaction

SHARDS = 8
LEASE = timedelta(minutes=5)  # more than any mail server or push service is waited for
# A new row is for the process that wrote it; if that one is gone, it is anybody's after this.
GRACE = timedelta(minutes=1)
GIVE_UP = timedelta(days=3)
KEPT = timedelta(days=7)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
AT_ONCE = 100  # rows that are read at a time
Content = dict[str, Any]


class Undeliverable(Exception):
    """It cannot be sent, now or ever: the row is given up."""


class OutboxRow(Item, table=tables.SESSIONS):
    """Something that waits to be sent, sealed; it is removed when it was."""

    row_id = UnicodeAttribute()
    what = UnicodeAttribute()  # the setting `OUTBOX` says who sends it
    sealed = BinaryAttribute(legacy_encoding=False)
    created_at = UnicodeAttribute()
    tries = NumberAttribute(default=0)
    lease = UnicodeAttribute(null=True)
    leased_until = NumberAttribute(default=0)
    done_until = UnicodeAttribute(null=True)  # how far one has come that is sent in parts
    expires_at = NumberAttribute()

    @property
    def content(self) -> Content:
        """What is to be sent. Raises `Undeliverable` if it was sealed with a key that is gone."""
        try:
            opened = sealing.unseal(self.sealed, purpose="outbox", bound_to=self.row_id)
        except ValueError:
            raise Undeliverable("sealed with another key") from None
        content: Content = orjson.loads(zlib.decompress(opened))
        return content

    @property
    def is_too_old(self) -> bool:
        """Whether it was tried for long enough."""
        return clock.from_text(self.created_at) + GIVE_UP < clock.now()


def new_row(what: str, content: Content) -> OutboxRow:
    """A row that is not written yet."""
    row_id, now = ids.new_id(), clock.now()
    packed = zlib.compress(orjson.dumps(content))  # notices to many are much alike
    return OutboxRow(
        *_place(row_id, now + GRACE),
        row_id=row_id,
        what=what,
        sealed=sealing.seal(packed, purpose="outbox", bound_to=row_id),
        created_at=clock.to_text(now),
        expires_at=clock.to_epoch(now + KEPT),
    )


def later(what: str, content: Content) -> OutboxRow:
    """Write a row by itself: for what is done beside a request, whatever it comes to."""
    row = new_row(what, content)
    ledger.put(row)
    return row


def due_rows(shard: int) -> Iterator[OutboxRow]:
    """What is due in a shard, what waits longest first, as it is in the store."""
    due = OutboxRow.sk < key(clock.to_text(clock.now()))
    return each(OutboxRow, _partition(shard), sort=due, page_size=AT_ONCE)


def claim(row: OutboxRow) -> OutboxRow | None:
    """Take a row for a while, as it is now; `None` if another has it, or it is gone."""
    lease, now = ids.new_id(), clock.now()
    is_free = OutboxRow.leased_until < clock.to_epoch(now)
    return ledger.change(
        OutboxRow,
        row.pk,
        row.sk,
        [
            OutboxRow.lease.set(lease),
            OutboxRow.leased_until.set(clock.to_epoch(now + LEASE)),
            OutboxRow.tries.add(1),
        ],
        OutboxRow.pk.exists() & (is_free | (OutboxRow.lease == lease)),
        is_repeatable=True,
    )


def split(row: OutboxRow, done_until: str, parts: list[OutboxRow]) -> None:
    """Put parts of a row into the outbox, and note how far it has come, together or not at all.

    It begins its lease anew. Raises `NotFound` when another has the row by now.
    """
    actions: list[Action] = [
        OutboxRow.done_until.set(done_until),
        OutboxRow.leased_until.set(clock.to_epoch(clock.now() + LEASE)),
    ]
    transaction = Transaction()
    transaction.update(OutboxRow, row.pk, row.sk, actions, OutboxRow.lease == row.lease)
    for part in parts:
        transaction.put(part)
    ledger.together(transaction, [OutboxRow])


def remove(row: OutboxRow) -> None:
    """It was sent, or is given up."""
    ledger.take(OutboxRow, row.pk, row.sk, OutboxRow.lease == row.lease)


def put_off(row: OutboxRow) -> None:
    """Let it be tried again, later each time: it moves, and nobody has it."""
    pause = min(FIRST_PAUSE * 2 ** min(int(row.tries) - 1, 10), LONGEST_PAUSE)
    pk, sk = _place(row.row_id, clock.now() + pause)
    values = {
        name: getattr(row, name) for name in row.get_attributes() if name not in ("pk", "sk")
    }
    moved = OutboxRow(pk, sk, **{**values, "lease": None, "leased_until": 0})
    transaction = Transaction()
    transaction.delete(row, OutboxRow.lease == row.lease)
    transaction.put(moved)
    with suppress(NotFound):  # it took so long that another has it by now
        ledger.together(transaction, [OutboxRow])


def _place(row_id: str, due: datetime) -> tuple[str, str]:
    shard = zlib.crc32(row_id.encode()) % SHARDS
    return _partition(shard), key(clock.to_text(due.astimezone(UTC)), row_id)


def _partition(shard: int) -> str:
    return key(PLATFORM, "OUTBOX", str(shard))
