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
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

import orjson
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from prework import clock, ledger
from prework.changes import Change
from prework.errors import Conflict, Stale, StorageUnavailable
from prework.ids import new_id
from prework.tenancy import Actor, key, system_actor
from prework.threads import side_by_side
from prework.transactions import MAX_ACTIONS
from teams.events import AssignmentBatchCommitted, AssignmentBatchUndone, AssignmentCreated
from teams.models import (
    COMMITTED,
    DONE,
    METADATA,
    OPEN_BATCHES,
    PLAN,
    POINTER,
    UNDOING,
    UNDONE,
    VOID,
    WRITING,
    Assignment,
    AssignmentBatch,
    AssignmentBatchPlan,
    AssignmentBatchPointer,
    AssignmentChunk,
    assignment_key,
    batch_key,
    chunk_sort,
)
from teams.queries import batches as queries
from teams.queries.batches import Target
from teams.services.counting import move_one
from teams.services.orders import Order, Values, creation, new_assignment, targets_of

# Of a step's transaction: the batch, the organisation's counts, a claim, an entry and its twin.
STEP_OVERHEAD = 5
LARGEST = 1_000  # the number in an id has three digits
KEPT = timedelta(hours=24)  # as long as an idempotency key
ABANDONED_AFTER = timedelta(minutes=15)  # much longer than a claim holds (60 s)


def actions_each(actor: Actor) -> int:
    """How many actions one assignment takes: itself, its audit entry, and of that staff's twin."""
    return 3 if actor.kind == "staff" else 2


def write_batch(actor: Actor, orders: list[Order]) -> list[Assignment]:
    """Make more assignments than one transaction takes: all of them or none.

    Under an idempotency key, what was begun before is found and completed; without one, what
    cannot be completed is undone. Raises `StorageUnavailable`, and then there is nothing.
    """
    if len(orders) > LARGEST:
        raise ValueError(f"A batch has {LARGEST} assignments at most, not {len(orders)}.")
    batch = _begin(actor, orders)
    if batch.state == COMMITTED:
        _settle_rest(batch)
        return queries.load_assignments(actor, batch.ids())
    named = zip(orders, batch.ids(), strict=True)
    made = [new_assignment(actor, order, one, batch.created_at) for order, one in named]
    try:
        side_by_side(partial(_write_chunk, actor, batch, made), _unwritten(actor, batch))
        steps = _steps(_targets(orders))
        _commit(actor, batch, steps[0], {one.assignment_id: one for one in made})
    except StorageUnavailable:
        if actor.claim is not None or _undo_at_once(actor, batch):
            raise
    queries.committed.add(batch.pk)
    _settle_rest(batch)
    return made


def finish_batch(*, actor: Actor, batch_id: str, now: datetime) -> None:
    """Complete what follows from a committed batch, or undo one that was given up; for the job."""
    batch = queries.find_batch(actor, batch_id)
    if batch is None:
        return
    if batch.state == COMMITTED:
        _settle_all(batch)
    elif batch.state == UNDOING or batch.touched_at < clock.to_text(now - ABANDONED_AFTER):
        undo_batch(actor, batch)


def undo_batch(actor: Actor, batch: AssignmentBatch) -> bool:
    """Take back what was written of a batch; `False` if it is committed, and stays.

    Safe to be broken off anywhere, and by two at once. A batch that somebody has come back to
    since it was read is left to them.
    """
    is_as_read = (AssignmentBatch.state == WRITING) & (
        AssignmentBatch.touched_at == batch.touched_at
    )
    is_given_up = is_as_read | (AssignmentBatch.state == UNDOING)
    if not _change(batch, [AssignmentBatch.state.set(UNDOING)], is_given_up):
        now = queries.find_batch(actor, batch.batch_id)
        return now is None or now.state != COMMITTED
    for number in batch.chunks:
        _undo_chunk(actor, batch, number)
    _change(
        batch,
        [AssignmentBatch.state.set(UNDONE), *_closed()],
        AssignmentBatch.state == UNDOING,
    )
    return True


def _begin(actor: Actor, orders: list[Order]) -> AssignmentBatch:
    """The batch's record: a new one, or that of the same request's first try."""
    batch_id = new_id() if actor.claim is None else _batch_of_request(actor, orders)
    now, targets = clock.to_text(clock.now()), _targets(orders)
    batch = AssignmentBatch(
        batch_key(actor, batch_id),
        METADATA,
        batch_id=batch_id,
        organization_id=actor.organization_id,
        state=WRITING,
        size=len(orders),
        chunk_size=(MAX_ACTIONS - 1) // actions_each(actor),
        steps=len(_steps(targets)),
        created_at=now,
        created_by=actor.user_id,
        touched_at=now,
        gsi4pk=OPEN_BATCHES,
        gsi4sk=key(now, batch_id),
    )
    if batch.steps > 1:
        packed = zlib.compress(orjson.dumps(targets))
        ledger.put(AssignmentBatchPlan(batch.pk, PLAN, targets=packed))
    is_new = AssignmentBatch.pk.does_not_exist() | (AssignmentBatch.touched_at == now)
    if ledger.put(batch, is_new, is_repeatable=True):
        return batch
    return _come_back(actor, batch)


def _come_back(actor: Actor, batch: AssignmentBatch) -> AssignmentBatch:
    touch: list[Action] = [AssignmentBatch.touched_at.set(batch.touched_at)]
    _change(batch, touch, AssignmentBatch.state == WRITING)
    found = queries.find_batch(actor, batch.batch_id)
    if found is None or found.state in (UNDOING, UNDONE):
        raise Conflict
    return found


def _batch_of_request(actor: Actor, orders: list[Order]) -> str:
    """The id of the batch that this request has begun, unless that was undone; else a new one."""
    asked = orjson.dumps([actor.claim and actor.claim[0], [asdict(order) for order in orders]])
    request = hashlib.sha256(asked).hexdigest()
    new = AssignmentBatchPointer(
        batch_key(actor, request),
        POINTER,
        batch_id=new_id(),
        expires_at=clock.to_epoch(clock.now() + KEPT),
    )
    is_free = AssignmentBatchPointer.pk.does_not_exist() | (
        AssignmentBatchPointer.expires_at < clock.to_epoch(clock.now())
    )
    is_ours = AssignmentBatchPointer.batch_id == new.batch_id
    if ledger.put(new, is_free | is_ours, is_repeatable=True):
        return new.batch_id
    known = queries.find_batch_of_request(actor, request) or ""
    batch = queries.find_batch(actor, known)
    if batch is None or batch.state not in (UNDOING, UNDONE):
        return known
    is_old = AssignmentBatchPointer.batch_id == known
    if not ledger.put(new, is_old | is_ours, is_repeatable=True):
        raise Conflict
    return new.batch_id


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


def _targets(orders: list[Order]) -> list[Target]:
    return [
        (*target, orders[numbers[0]].checklist_id, numbers)
        for target, numbers in targets_of(orders).items()
    ]


def _steps(targets: list[Target]) -> list[list[Target]]:
    """The targets in portions that one transaction can count and tell."""
    steps: list[list[Target]] = [[]]
    room = MAX_ACTIONS - STEP_OVERHEAD
    for target in targets:
        cost = 2 if target[0] == "team" else 1
        if cost > room:
            steps.append([])
            room = MAX_ACTIONS - STEP_OVERHEAD
        steps[-1].append(target)
        room -= cost
    return steps


def _commit(
    actor: Actor, batch: AssignmentBatch, targets: list[Target], made: dict[str, Assignment]
) -> None:
    """Make the batch be there. Whoever does so first does it for all who are at it."""
    is_last = batch.steps == 1
    done: list[Action] = [AssignmentBatch.state.set(COMMITTED), AssignmentBatch.settled.set(1)]
    try:
        with Change(actor=replace(actor, finds_own_traces=True)) as change:
            change.adjust(
                AssignmentBatch,
                batch.pk,
                batch.sk,
                *done,
                *(_closed() if is_last else []),
                condition=AssignmentBatch.state == WRITING,
                otherwise=Stale,
            )
            move_one(change, None, {"assigned": int(batch.size)}, beside=batch.batch_id)
            change.record(
                AssignmentBatchCommitted(
                    entity_id=batch.batch_id, new_values={"count": int(batch.size)}
                )
            )
            _tell(change, batch, targets, made)
    except Stale:
        now = queries.find_batch(actor, batch.batch_id)
        if now is None or now.state != COMMITTED:
            raise StorageUnavailable from None


def _settle_rest(batch: AssignmentBatch) -> None:
    """What follows from a batch that is committed; if the store fails, the job does it."""
    if batch.steps > 1:
        with suppress(StorageUnavailable):
            _settle_all(batch)


def _settle_all(batch: AssignmentBatch) -> None:
    by = replace(system_actor(batch.organization_id), user_id=batch.created_by)
    now = queries.find_batch(by, batch.batch_id)
    if now is None or now.is_finished:
        return
    steps = _steps(queries.load_targets(by, batch.batch_id))
    for number, targets in islice(enumerate(steps), int(now.settled), None):
        with suppress(Stale):  # somebody else has done this one
            _settle(by, batch, number, targets)


def _settle(by: Actor, batch: AssignmentBatch, number: int, targets: list[Target]) -> None:
    """Count and tell a portion of whom the batch is for, once."""
    is_last = number + 1 == batch.steps
    ids = batch.ids()
    firsts = queries.load_assignments(by, [ids[numbers[0]] for *_, numbers in targets])
    with Change(actor=by) as change:
        change.adjust(
            AssignmentBatch,
            batch.pk,
            batch.sk,
            AssignmentBatch.settled.set(number + 1),
            *(_closed() if is_last else []),
            condition=AssignmentBatch.settled == number,
            otherwise=Stale,
        )
        _tell(change, batch, targets, {one.assignment_id: one for one in firsts})


def _tell(
    change: Change, batch: AssignmentBatch, targets: list[Target], made: dict[str, Assignment]
) -> None:
    """Move each team's counts, and tell each team and user once."""
    ids = batch.ids()
    for kind, target_id, checklist_id, numbers in targets:
        if kind == "team":
            move_one(change, target_id, {"assigned": len(numbers)}, beside=batch.batch_id)
        first, *others = [ids[number] for number in numbers]
        if first in made:
            change.tell(creation(made[first], others))
        else:  # it is gone again
            to: Values = {"team_id": None, "user_id": None, f"{kind}_id": target_id}
            change.tell(
                AssignmentCreated(
                    entity_id=first, checklist_id=checklist_id, told_together=tuple(others), **to
                )
            )


def _undo_at_once(actor: Actor, batch: AssignmentBatch) -> bool:
    """Whether it is not there: undone now, or by the job, if the store goes on failing."""
    try:
        return undo_batch(replace(actor, claim=None), batch)
    except StorageUnavailable:
        return True


def _undo_chunk(actor: Actor, batch: AssignmentBatch, number: int) -> None:
    marker = AssignmentChunk(batch.pk, chunk_sort(number), state=VOID)
    is_unwritten = AssignmentChunk.pk.does_not_exist() | (AssignmentChunk.state == VOID)
    if ledger.put(marker, is_unwritten, is_repeatable=True):
        return
    ids = batch.ids(number)
    undone = {"first": ids[0], "last": ids[-1], "count": len(ids)}
    with suppress(Stale), Change(actor=actor) as change:  # or another has undone it
        change.adjust(
            AssignmentChunk,
            marker.pk,
            marker.sk,
            AssignmentChunk.state.set(VOID),
            condition=AssignmentChunk.state == DONE,
            otherwise=Stale,
        )
        for one in ids:
            change.delete(Assignment(assignment_key(actor, one), METADATA), otherwise=Stale)
        change.record(AssignmentBatchUndone(entity_id=batch.batch_id, old_values=undone))


def _change(batch: AssignmentBatch, actions: list[Action], condition: Condition) -> bool:
    done = ledger.change(
        AssignmentBatch, batch.pk, batch.sk, actions, condition, is_repeatable=True
    )
    return done is not None


def _closed() -> list[Action]:
    """The actions that take a batch out of the list of those that are not finished."""
    return [AssignmentBatch.gsi4pk.remove(), AssignmentBatch.gsi4sk.remove()]
