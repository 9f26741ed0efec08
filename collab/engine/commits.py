"""Writing a batch of operations in one transaction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from collab.engine.batch import Batch
from collab.engine.bodies import Folded, node_item
from collab.engine.log import expiry_of
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


@dataclass(frozen=True)
class Commit:
    """A batch to be written, and what the document has to be like for that."""

    ref: DocumentRef
    body_id: str
    epoch: str
    batch: Batch
    is_whole: bool  # with every node that it touched; else they are folded in later
    folded: Folded | None  # what was folded since the last commit
    turn: str | None  # the turn that this process has asked for


def commit(work: Commit) -> None:
    """Write a batch: state, one log entry and, if it `is_whole`, every node that it touched.

    The nodes of one that is not are folded in later; until then its log entry does not expire.
    Raises `Stale` if the document is not where the batch was settled: another process won or
    asked for the next turn, the document was archived, or earlier changes are to be folded in
    first. Raises `StorageUnavailable` when the outcome is not known.
    """
    transaction = Transaction()
    actions = [*_moved(work.batch), *_marked(work)]
    pk = document_key(work.ref)
    transaction.update(State, pk, STATE, actions, _conditions(work), otherwise=Stale)
    transaction.put(_log_item(work), otherwise=Stale)
    if work.is_whole:
        pk = body_key(work.ref, work.body_id)
        for node in work.batch.nodes:
            transaction.replace(node_item(pk, node.to_record()))
    together(transaction, [State, OperationBatch, Node], contended=Stale)


def title_of(fields: object) -> str | None:
    """What a document is called in lists."""
    title = fields.get("title") if isinstance(fields, dict) else None
    return title[:TITLE_LENGTH] if isinstance(title, str) and title else None


def _conditions(work: Commit) -> Condition:
    is_here = (State.version == work.batch.base_version) & (State.epoch == work.epoch)
    is_free = State.turn.does_not_exist()
    if work.turn is not None:
        is_free |= State.turn == work.turn
    condition: Condition = is_here & State.archived_at.does_not_exist() & is_free
    if work.folded is not None:
        condition &= State.unfolded_since == work.folded.since
    elif work.is_whole:
        condition &= State.unfolded_since.does_not_exist()
    return condition


def _moved(batch: Batch) -> Iterator[Action]:
    """Where the document is after a batch."""
    yield State.version.set(batch.version)
    yield State.last_modified.set(timestamp_text(batch.timestamp))
    yield State.modified_by.set(batch.operations[-1].author.user_id)
    yield from _title_actions(batch.nodes)
    forgotten = mark_text(batch.forgotten)
    if forgotten is not None:
        yield State.forgotten.set(forgotten)


def _marked(work: Commit) -> Iterator[Action]:
    """How far the nodes and the log's expiry are behind it, and that the turn was taken."""
    base = work.batch.base_version
    unfolded, unexpiring = State.unfolded_since, State.unexpiring_since
    if work.turn is not None:
        yield State.turn.remove()
    if work.folded is not None:
        yield unfolded.remove() if work.is_whole else unfolded.set(work.folded.through)
    elif not work.is_whole:
        yield unfolded.set(unfolded | base)
    if not work.is_whole:
        yield unexpiring.set(unexpiring | base)


def _title_actions(nodes: Iterable[EngineNode]) -> list[Action]:
    for node in nodes:
        if node.key == FIELDS:
            title = title_of(node.value)
            return [State.title.remove() if title is None else State.title.set(title)]
    return []


def _log_item(work: Commit) -> OperationBatch:
    entry = work.batch.entry
    values: dict[str, Any] = {snake(name): value for name, value in entry.to_record().items()}
    sk = key("TIMESTAMP", timestamp_text(entry.timestamp), entry.operation_id)
    if work.is_whole:
        values["expires_at"] = expiry_of(entry.timestamp)
    return OperationBatch(log_key(work.ref), sk, **values)
