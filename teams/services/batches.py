"""Many assignments at once: written in chunks, there for everybody with one last transaction.

The batch's own record says `writing` first. Each chunk is one transaction, with a marker that it
was written; readers leave out what is of a batch that is not `committed`. The first of the steps
that settle it commits it, and moves the counts and tells those concerned, as far as one
transaction goes; if there are more of them, the other steps follow. Whoever comes back to it finds
in the store how far it is. What is given up is undone: a marker says so where a chunk was
not written, so that none is written late.
"""

import hashlib
import zlib
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial

import orjson
from pynamodb.expressions.update import Action

from prework import clock, ledger
from prework.changes import Change
from prework.errors import Conflict, Stale, StorageUnavailable
from prework.ids import new_id
from prework.tenancy import Actor, key
from prework.threads import side_by_side
from prework.transactions import MAX_ACTIONS
from teams.models.assignments import Assignment
from teams.models.batches import (
    COMMITTED,
    DONE,
    OPEN_BATCHES,
    PLAN,
    POINTER,
    UNDOING,
    UNDONE,
    WRITING,
    AssignmentBatch,
    AssignmentBatchPlan,
    AssignmentBatchPointer,
    AssignmentChunk,
    batch_key,
    chunk_sort,
)
from teams.models.teams import METADATA
from teams.queries import batches as queries
from teams.services.finishing import undo_at_once, undo_batch
from teams.services.orders import Order, Values, creation, new_assignment
from teams.services.settling import change_batch, commit, settle_rest, steps_of

LARGEST = 1_000  # the number in an id has three digits
KEPT = timedelta(hours=24)  # as long as an idempotency key


def actions_each(actor: Actor) -> int:
    """How many actions one assignment takes: itself, its audit entry, and of that staff's twin."""
    return 3 if actor.kind == "staff" else 2


def find_made(actor: Actor, given: list[Values]) -> list[Assignment] | None:
    """What this same request has made before, if its answer was lost: whatever has changed since.

    It costs a read only where it may have been a batch.
    """
    most_told = 2 * len(given)
    if actor.claim is None or len(given) * actions_each(actor) + most_told < MAX_ACTIONS - 2:
        return None
    known = queries.find_pointer(actor, _request_of(actor, given))
    batch = queries.find_batch(actor, known.batch_id) if known else None
    if batch is None or batch.state != COMMITTED:
        return None
    return _found(actor, batch)


def _found(actor: Actor, batch: AssignmentBatch) -> list[Assignment]:
    settle_rest(batch)
    return queries.load_assignments(actor, batch.ids())


def write_batch(actor: Actor, orders: list[Order], given: list[Values]) -> list[Assignment]:
    """Make more assignments than one transaction takes: all of them or none.

    Under an idempotency key, what was begun before, by what was `given`, is found and completed;
    without one, what cannot be completed is undone. Raises `StorageUnavailable`, and then there
    is nothing.
    """
    actor.require_writable()
    if len(orders) > LARGEST:
        raise ValueError(f"A batch has {LARGEST} assignments at most, not {len(orders)}.")
    batch = _begin(actor, orders, given)
    if batch.state == COMMITTED:
        return _found(actor, batch)
    named = zip(orders, batch.ids(), strict=True)
    made = [new_assignment(actor, order, one, batch.created_at) for order, one in named]
    try:
        side_by_side(partial(_write_chunk, actor, batch, made), _unwritten(actor, batch))
        steps = steps_of(orders) if batch.steps == 1 else queries.load_steps(actor, batch.batch_id)
        commit(actor, batch, steps[0], {one.assignment_id: one for one in made})
    except StorageUnavailable:
        if actor.claim is not None or undo_at_once(actor, batch):
            raise
    queries.committed.add(batch.pk)
    settle_rest(batch)
    return made


def _begin(actor: Actor, orders: list[Order], given: list[Values]) -> AssignmentBatch:
    """The batch's record: a new one, or that of the same request's first try."""
    batch_id = new_id() if actor.claim is None else _batch_of_request(actor, orders, given)
    now, steps = clock.to_text(clock.now()), steps_of(orders)
    batch = AssignmentBatch(
        batch_key(actor, batch_id),
        METADATA,
        batch_id=batch_id,
        organization_id=actor.organization_id,
        state=WRITING,
        size=len(orders),
        chunk_size=(MAX_ACTIONS - 1) // actions_each(actor),
        steps=len(steps),
        created_at=now,
        created_by=actor.user_id,
        touched_at=now,
        gsi4pk=OPEN_BATCHES,
        gsi4sk=key(now, batch_id),
    )
    if batch.steps > 1:
        plan = AssignmentBatchPlan(batch.pk, PLAN, steps=zlib.compress(orjson.dumps(steps)))
        ledger.put(plan, AssignmentBatchPlan.pk.does_not_exist(), is_repeatable=True)
    is_new = AssignmentBatch.pk.does_not_exist() | (AssignmentBatch.touched_at == now)
    if ledger.put(batch, is_new, is_repeatable=True):
        return batch
    return _come_back(actor, batch)


def _come_back(actor: Actor, batch: AssignmentBatch) -> AssignmentBatch:
    touch: list[Action] = [AssignmentBatch.touched_at.set(batch.touched_at)]
    change_batch(batch, touch, AssignmentBatch.state == WRITING)
    found = queries.find_batch(actor, batch.batch_id)
    if found is None or found.state in (UNDOING, UNDONE):
        raise Conflict
    return found


def _batch_of_request(actor: Actor, orders: list[Order], given: list[Values]) -> str:
    """The id of the batch that this request has begun, unless that was undone; else a new one."""
    request = _request_of(actor, given)
    new = AssignmentBatchPointer(
        batch_key(actor, request),
        POINTER,
        batch_id=new_id(),
        orders=_digest([asdict(order) for order in orders]),
        expires_at=clock.to_epoch(clock.now() + KEPT),
    )
    is_free = AssignmentBatchPointer.pk.does_not_exist() | (
        AssignmentBatchPointer.expires_at < clock.to_epoch(clock.now())
    )
    is_ours = AssignmentBatchPointer.batch_id == new.batch_id
    if ledger.put(new, is_free | is_ours, is_repeatable=True):
        return new.batch_id
    known = queries.find_pointer(actor, request)
    if known is None:  # gone just now
        raise Conflict
    if _is_of_use(actor, known.batch_id, is_same=known.orders == new.orders):
        return known.batch_id
    is_old = AssignmentBatchPointer.batch_id == known.batch_id
    if not ledger.put(new, is_old | is_ours, is_repeatable=True):
        raise Conflict
    return new.batch_id


def _is_of_use(actor: Actor, batch_id: str, *, is_same: bool) -> bool:
    """Whether a batch is there, or may be gone on with; one of other orders is undone for that."""
    batch = queries.find_batch(actor, batch_id)
    if batch is not None and batch.state == WRITING and not is_same:
        undo_batch(replace(actor, claim=None), batch)
        batch = queries.find_batch(actor, batch_id)
        if batch is not None and batch.state == WRITING:  # its own try is still at it
            raise Conflict
    return batch is None or batch.state in (WRITING, COMMITTED)


def _request_of(actor: Actor, given: list[Values]) -> str:
    return _digest([actor.claim and actor.claim[0], given])


def _digest(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value)).hexdigest()


def _unwritten(actor: Actor, batch: AssignmentBatch) -> list[int]:
    """The chunks still to be written. Only for one that is come back to it costs a read."""
    is_new = batch.touched_at == batch.created_at
    written = {} if is_new else queries.list_chunks(actor, batch.batch_id)
    return [number for number in batch.chunks if written.get(number) != DONE]


def _write_chunk(
    actor: Actor, batch: AssignmentBatch, made: list[Assignment], number: int
) -> None:
    first = number * int(batch.chunk_size)
    try:
        with Change(actor=replace(actor, claim=None)) as change:
            marker = AssignmentChunk(batch.pk, chunk_sort(number), state=DONE)
            change.put(marker, otherwise=Stale)
            for assignment in made[first : first + int(batch.chunk_size)]:
                change.put(assignment, otherwise=Stale)
                change.record(creation(assignment, None, batch_id=batch.batch_id))
    except Stale:  # somebody else was at it: the same request's other try, or who gave it up
        chunk = queries.find_chunk(actor, batch.batch_id, number)
        if chunk is None or chunk.state != DONE:
            raise StorageUnavailable from None
