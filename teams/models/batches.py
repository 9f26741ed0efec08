"""Assignments that are made many at once.

| question | index and key | function in `queries` |
|---|---|---|
| many that were assigned at once | `O#ASSIGNMENTBATCH#<id>` / `METADATA`, `PLAN`, `CHUNK#<n>` \
| `load_batches`, `list_chunks` |
| which batch a request has begun | sessions `O#ASSIGNMENTBATCH#<request>` / `POINTER` \
| `find_pointer` |
| batches that are not finished | GSI4 `BATCHES#OPEN` / `<created>#<id>` | `each_open_batch` |

The id of an assignment that was made in a batch is `<batch>-<number>`; it is there for readers
when its batch is `committed`. GSI4 spans the organisations.
"""

import re

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from prework import tables
from prework.dynamo import Item
from prework.tenancy import Actor, key

PLAN, POINTER, OPEN_BATCHES = "PLAN", "POINTER", "BATCHES#OPEN"
WRITING, COMMITTED, UNDOING, UNDONE = "writing", "committed", "undoing", "undone"
DONE, VOID = "done", "void"
IN_BATCH = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})-\d{3}")


class AssignmentBatch(Item, table=tables.ASSIGNMENTS):
    """Many assignments made at once: not there for anybody until `state` is `committed`."""

    batch_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    state = UnicodeAttribute()
    size = NumberAttribute()
    chunk_size = NumberAttribute()
    steps = NumberAttribute()  # transactions that move the counts and tell; the first commits
    settled = NumberAttribute(default=0)  # of these
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    touched_at = UnicodeAttribute()
    gsi4pk = UnicodeAttribute(null=True)
    gsi4sk = UnicodeAttribute(null=True)

    @property
    def is_finished(self) -> bool:
        """Whether it is committed, and everything that follows from it is done."""
        return self.state == COMMITTED and self.settled >= self.steps

    @property
    def chunks(self) -> range:
        """The numbers of its chunks."""
        return range(-(-int(self.size) // int(self.chunk_size)))

    def ids(self, chunk: int | None = None) -> list[str]:
        """The ids of its assignments, or of those in one chunk."""
        size, at_once = int(self.size), int(self.chunk_size)
        first = 0 if chunk is None else chunk * at_once
        until = size if chunk is None else min(first + at_once, size)
        return [f"{self.batch_id}-{number:03}" for number in range(first, until)]  # 000 to 999


class AssignmentBatchPlan(Item, table=tables.ASSIGNMENTS):
    """Whom a batch is for, where one transaction cannot tell them all."""

    steps = BinaryAttribute(legacy_encoding=False)


class AssignmentChunk(Item, table=tables.ASSIGNMENTS):
    """A part of a batch that was written (`done`), or may not be any more (`void`)."""

    state = UnicodeAttribute()


class AssignmentBatchPointer(Item, table=tables.SESSIONS):
    """Which batch a request with an idempotency key has begun, and of which orders."""

    batch_id = UnicodeAttribute()
    orders = UnicodeAttribute()  # a digest: the same words may mean another moment by now
    expires_at = NumberAttribute()


def batch_of(assignment_id: str) -> str | None:
    """The batch in which an assignment was made, if it was in one."""
    named = IN_BATCH.fullmatch(assignment_id)
    return named[1] if named else None


def batch_key(actor: Actor, batch_id: str) -> str:
    return actor.key("ASSIGNMENTBATCH", batch_id)


def chunk_sort(number: int) -> str:
    return key("CHUNK", f"{number:03}")
