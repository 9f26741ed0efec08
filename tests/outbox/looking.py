"""What is in the outbox, and what has left it."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core import mail

from prework import ids, outbox
from prework.changes import Change
from prework.dynamo import each
from prework.outbox import Letter, OutboxRow, delivery, rows
from tests.prework.crates import CrateMoved, somebody

T = TypeVar("T")
PATIENCE_SECONDS = 10


def eventually(look: Callable[[], T], fits: Callable[[T], bool] = bool) -> T:
    """What is seen, once it fits; what is done beside a request takes a moment."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fits(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return seen


def drain() -> None:
    """Wait until all is done that was put beside, and what came of that."""
    delivery.HANDS.waiting.join()


def mails_to(address: str) -> list[Any]:
    """The mails to an address that have been sent."""
    return [one for one in mail.outbox if one.to == [address]]


def all_waiting() -> list[OutboxRow]:
    """Every row there is."""
    shards = [rows._partition(shard) for shard in range(rows.SHARDS)]
    return [row for shard in shards for row in each(OutboxRow, shard)]


def waiting(row_id: str) -> OutboxRow | None:
    """A row, wherever it is by now."""
    return next((row for row in all_waiting() if row.row_id == row_id), None)


def write(letter: Letter) -> None:
    """Post a letter as a service does."""
    with Change(actor=somebody()) as change:
        outbox.post(change, letter)
        change.record(CrateMoved(entity_id=ids.new_id()))


def leave(letter: Letter) -> OutboxRow:
    """What a process leaves that was killed as soon as it had committed."""
    row = rows.new_row("letter", vars(letter))
    with Change(actor=somebody()) as change:
        change.put(row)
        change.record(CrateMoved(entity_id=ids.new_id()))
    return row
