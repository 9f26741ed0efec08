"""Writing: a batch of operations in one transaction, and the nodes of a new document."""

from collections.abc import Iterable, Iterator
from typing import Any

from pynamodb.expressions.update import Action

from collab.engine.batch import Batch
from collab.engine.limits import BATCH_ACTIONS, BATCH_WRITE_BYTES
from collab.engine.log import LogEntry
from collab.engine.nodes import Node as EngineNode
from collab.engine.nodes import Record, mark_text
from collab.engine.paths import FIELDS
from collab.engine.replica import Replica
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
    node_sort,
)
from prework.errors import Stale
from prework.ledger import together
from prework.tenancy import key
from prework.transactions import Transaction
from prework.wording import snake

HISTORY_SECONDS = 7 * 24 * 3600
TITLE_LENGTH = 200


def commit(ref: DocumentRef, body_id: str, epoch: str, batch: Batch) -> None:
    """Write a batch: state, one log entry, every node that it touched.

    Raises `Stale` if the document is not where the batch was settled: another process won, or
    the document was archived. Raises `StorageUnavailable` when the outcome is not known.
    """
    transaction = Transaction()
    _move_state(transaction, ref, epoch, batch)
    transaction.put(_log_item(ref, batch.entry), otherwise=Stale)
    pk = body_key(ref, body_id)
    for node in batch.nodes:
        transaction.replace(_node_item(pk, node.to_record()))
    for name in batch.dropped:
        anyway = Node.pk.exists() | Node.pk.does_not_exist()
        transaction.delete(Node(pk, node_sort(name)), anyway)
    together(transaction, [State, OperationBatch, Node])


def write_body(ref: DocumentRef, body_id: str, replica: Replica) -> None:
    """Write all nodes of a document that no state names yet, in as many writes as it takes."""
    pk = body_key(ref, body_id)
    for records in _portions(replica.records()):
        transaction = Transaction()
        for record in records:
            transaction.replace(_node_item(pk, record))
        together(transaction, [Node])


def title_of(fields: object) -> str | None:
    """What a document is called in lists."""
    title = fields.get("title") if isinstance(fields, dict) else None
    return title[:TITLE_LENGTH] if isinstance(title, str) and title else None


def _move_state(transaction: Transaction, ref: DocumentRef, epoch: str, batch: Batch) -> None:
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
    condition = is_here & State.archived_at.does_not_exist()
    transaction.update(State, document_key(ref), STATE, actions, condition, Stale)


def _title_actions(nodes: Iterable[EngineNode]) -> list[Action]:
    for node in nodes:
        if node.key == FIELDS:
            title = title_of(node.value)
            return [State.title.remove() if title is None else State.title.set(title)]
    return []


def _log_item(ref: DocumentRef, entry: LogEntry) -> OperationBatch:
    values: dict[str, Any] = {snake(name): value for name, value in entry.to_record().items()}
    sk = key("TIMESTAMP", timestamp_text(entry.timestamp), entry.operation_id)
    expires_at = entry.timestamp // 1000 + HISTORY_SECONDS
    return OperationBatch(log_key(ref), sk, expires_at=expires_at, **values)


def _node_item(pk: str, record: Record) -> Node:
    values = {snake(name): value for name, value in record.items()}
    return Node(pk, node_sort(record["node"]), **values)


def _portions(records: Iterable[Record]) -> Iterator[list[Record]]:
    """As many as one transaction takes, by number and by bytes."""
    portion: list[Record] = []
    size = 0
    for record in records:
        weight = len((record.get("value", "") + record["marks"]).encode())
        if portion and (len(portion) == BATCH_ACTIONS or size + weight > BATCH_WRITE_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(record)
        size += weight
    if portion:
        yield portion
