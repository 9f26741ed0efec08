"""Writing a batch of operations in one transaction."""

from collections.abc import Iterable
from typing import Any

from pynamodb.expressions.update import Action

from collab.engine.batch import Batch
from collab.engine.bodies import node_item
from collab.engine.log import LogEntry, expiry_of
from collab.engine.nodes import Node as EngineNode
from collab.engine.nodes import mark_text
from collab.engine.paths import FIELDS
from collab.engine.timestamps import timestamp_text
from collab.models import (
    STATE,
    DocumentRef,
    Node,
    OperationBatch,
    State,
    body_key,
    document_key,
    log_key,
)
from prework.errors import Stale
from prework.ledger import together
from prework.tenancy import key
from prework.transactions import Transaction
from prework.wording import snake

TITLE_LENGTH = 200


def commit(
    ref: DocumentRef, body_id: str, epoch: str, batch: Batch, *, is_whole: bool, turn: str | None
) -> None:
    """Write a batch: state, one log entry and, if it `is_whole`, every node that it touched.

    The nodes of one that is not are folded in later; until then its log entry does not expire.
    Raises `Stale` if the document is not where the batch was settled: another process won or
    asked for a `turn` other than this, the document was archived, or earlier changes are to be
    folded in first. Raises `StorageUnavailable` when the outcome is not known.
    """
    transaction = Transaction()
    _move_state(transaction, ref, epoch, batch, is_whole=is_whole, turn=turn)
    transaction.put(_log_item(ref, batch.entry, is_whole=is_whole), otherwise=Stale)
    if is_whole:
        pk = body_key(ref, body_id)
        for node in batch.nodes:
            transaction.replace(node_item(pk, node.to_record()))
    together(transaction, [State, OperationBatch, Node])


def title_of(fields: object) -> str | None:
    """What a document is called in lists."""
    title = fields.get("title") if isinstance(fields, dict) else None
    return title[:TITLE_LENGTH] if isinstance(title, str) and title else None


def _move_state(
    transaction: Transaction,
    ref: DocumentRef,
    epoch: str,
    batch: Batch,
    *,
    is_whole: bool,
    turn: str | None,
) -> None:
    last = batch.operations[-1]
    actions: list[Action] = [
        State.version.set(batch.version),
        State.last_modified.set(timestamp_text(batch.timestamp)),
        State.modified_by.set(last.author.user_id),
        *_title_actions(batch.nodes),
    ]
    forgotten = mark_text(batch.forgotten)
    if forgotten is not None:
        actions.append(State.forgotten.set(forgotten))
    is_here = (State.version == batch.base_version) & (State.epoch == epoch)
    is_free = State.turn.does_not_exist()
    if turn is not None:
        is_free |= State.turn == turn
        actions.append(State.turn.remove())
    condition = is_here & State.archived_at.does_not_exist() & is_free
    if is_whole:
        condition &= State.unfolded_since.does_not_exist()
    else:
        for mark in (State.unfolded_since, State.unexpiring_since):
            actions.append(mark.set(mark | batch.base_version))
    transaction.update(State, document_key(ref), STATE, actions, condition, Stale)


def _title_actions(nodes: Iterable[EngineNode]) -> list[Action]:
    for node in nodes:
        if node.key == FIELDS:
            title = title_of(node.value)
            return [State.title.remove() if title is None else State.title.set(title)]
    return []


def _log_item(ref: DocumentRef, entry: LogEntry, *, is_whole: bool) -> OperationBatch:
    values: dict[str, Any] = {snake(name): value for name, value in entry.to_record().items()}
    sk = key("TIMESTAMP", timestamp_text(entry.timestamp), entry.operation_id)
    if is_whole:
        values["expires_at"] = expiry_of(entry.timestamp)
    return OperationBatch(log_key(ref), sk, **values)
