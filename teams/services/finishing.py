"""Completing what follows from a batch, or taking back what nobody completed of it."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from prework import clock, ledger
from prework.changes import Change
from prework.errors import Stale, StorageUnavailable
from prework.tenancy import Actor
from teams.events.batches import AssignmentBatchUndone
from teams.models.assignments import Assignment, assignment_key
from teams.models.batches import (
    COMMITTED,
    DONE,
    UNDOING,
    UNDONE,
    VOID,
    WRITING,
    AssignmentBatch,
    AssignmentChunk,
    chunk_sort,
)
from teams.models.teams import METADATA
from teams.queries import batches as queries
from teams.services.settling import change_batch, closed, settle_all

ABANDONED_AFTER = timedelta(minutes=15)  # much longer than a claim holds (60 s)


def finish_batch(*, actor: Actor, batch_id: str, now: datetime) -> None:
    """Complete what follows from a committed batch, or undo one that was given up; for the job."""
    batch = queries.find_batch(actor, batch_id)
    if batch is None:
        return
    if batch.state == COMMITTED:
        settle_all(batch)
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
    if not change_batch(batch, [AssignmentBatch.state.set(UNDOING)], is_given_up):
        now = queries.find_batch(actor, batch.batch_id)
        return now is None or now.state != COMMITTED
    for number in batch.chunks:
        _undo_chunk(actor, batch, number)
    change_batch(
        batch,
        [AssignmentBatch.state.set(UNDONE), *closed()],
        AssignmentBatch.state == UNDOING,
    )
    return True


def undo_at_once(actor: Actor, batch: AssignmentBatch) -> bool:
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
