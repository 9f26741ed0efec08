"""Assignments that were made many at once: whether they are there yet, and how far it has come."""

import zlib
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Any

import orjson

from prework.dynamo import each, fetch, find
from prework.tenancy import Actor
from teams.models.assignments import Assignment, assignment_key
from teams.models.batches import (
    COMMITTED,
    OPEN_BATCHES,
    PLAN,
    POINTER,
    AssignmentBatch,
    AssignmentBatchPlan,
    AssignmentBatchPointer,
    AssignmentChunk,
    batch_key,
    batch_of,
    chunk_sort,
)
from teams.models.teams import METADATA

REMEMBERED = 10_000
# `team` or `user`, its id, the checklist of its first assignment, the numbers of them all.
Target = tuple[str, str, str, list[int]]
Step = list[Target]  # as many as one transaction counts and tells


class _Committed:
    """Batches that this process knows to be committed, which is for ever; a bounded number."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._keys: dict[str, None] = {}

    def __contains__(self, pk: str) -> bool:
        return pk in self._keys

    def add(self, pk: str) -> None:
        with self._turn:
            self._keys[pk] = None
            if len(self._keys) > REMEMBERED:
                del self._keys[next(iter(self._keys))]


committed = _Committed()


def load_hidden(actor: Actor, assignment_ids: Iterable[str]) -> set[str]:
    """Those of the assignments that are not there yet: their batch is not committed.

    It costs a read only for batches that this process meets for the first time.
    """
    batches = {one: batch_of(one) for one in assignment_ids}
    pks = {batch: batch_key(actor, batch) for batch in batches.values() if batch}
    unknown = [batch for batch, pk in pks.items() if pk not in committed]
    if not unknown:
        return set()
    hidden = set(unknown) - {batch.batch_id for batch in load_batches(actor, unknown)}
    return {one for one, batch in batches.items() if batch in hidden}


def load_batches(actor: Actor, batch_ids: Iterable[str]) -> list[AssignmentBatch]:
    """Those of the batches that are committed."""
    wanted = [(AssignmentBatch, batch_key(actor, one), METADATA) for one in batch_ids]
    found = [batch for batch in fetch(*wanted) if batch and batch.state == COMMITTED]
    for batch in found:
        committed.add(batch.pk)
    return found


def find_assignment(actor: Actor, assignment_id: str) -> Assignment | None:
    """An assignment, in one read; `None` also while its batch is not committed."""
    pk, batch_id = assignment_key(actor, assignment_id), batch_of(assignment_id)
    of_batch = batch_id and batch_key(actor, batch_id)
    if not of_batch or of_batch in committed:
        return find(Assignment, pk, METADATA)
    wanted = (Assignment, pk, METADATA), (AssignmentBatch, of_batch, METADATA)
    assignment, batch = fetch(*wanted)
    if batch is None or batch.state != COMMITTED:
        return None
    committed.add(of_batch)
    found: Assignment | None = assignment
    return found


def find_batch(actor: Actor, batch_id: str) -> AssignmentBatch | None:
    """A batch as it is now, whatever has become of it."""
    return find(AssignmentBatch, batch_key(actor, batch_id), METADATA)


def find_pointer(actor: Actor, request: str) -> AssignmentBatchPointer | None:
    """Which batch this request has begun before."""
    return find(AssignmentBatchPointer, batch_key(actor, request), POINTER)


def find_chunk(actor: Actor, batch_id: str, number: int) -> AssignmentChunk | None:
    """What has become of a batch's chunk, if anything."""
    return find(AssignmentChunk, batch_key(actor, batch_id), chunk_sort(number))


def list_chunks(actor: Actor, batch_id: str) -> dict[int, str]:
    """The chunks of a batch that were written or given up, and which of the two."""
    sort = AssignmentChunk.sk.startswith("CHUNK#")
    chunks = each(AssignmentChunk, batch_key(actor, batch_id), sort=sort)
    return {int(chunk.sk.removeprefix("CHUNK#")): chunk.state for chunk in chunks}


def load_assignments(actor: Actor, assignment_ids: Iterable[str]) -> list[Assignment]:
    """These assignments, whatever their batch is; those that are gone are left out."""
    found = fetch(*[(Assignment, assignment_key(actor, one), METADATA) for one in assignment_ids])
    return [assignment for assignment in found if assignment]


def load_steps(actor: Actor, batch_id: str) -> list[Step]:
    """Whom a batch is for, where that is too much for one transaction."""
    plan = find(AssignmentBatchPlan, batch_key(actor, batch_id), PLAN)
    packed: list[Any] = orjson.loads(zlib.decompress(plan.steps)) if plan else []
    return [[(kind, one, named, numbers) for kind, one, named, numbers in step] for step in packed]


def each_open_batch() -> Iterator[tuple[str, str]]:
    """Batches that are not finished, the oldest first: organisation and id. For the job."""
    for batch in each(AssignmentBatch, OPEN_BATCHES, index=4):
        yield batch.organization_id, batch.batch_id
