"""Writing what a document holds: the nodes of a new one, and those that its log is ahead of.

A batch that touches much writes its log entry alone, so that a busy document costs its operations
and not its items. What it touched is folded in later, here: the nodes as they are at one version,
then the state's word that they are, and only then may the log entries expire. Whoever loads a
document in between replays the log from where its nodes were.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from pynamodb.attributes import NumberAttribute

from collab.engine.limits import WRITTEN_BYTES, WRITTEN_NODES
from collab.engine.loader import read_state, unexpiring
from collab.engine.log import expiry_of
from collab.engine.nodes import Node as EngineNode
from collab.engine.nodes import Record
from collab.engine.replica import Replica
from collab.models import (
    STATE,
    DocumentRef,
    Node,
    State,
    body_key,
    document_key,
    node_sort,
)
from prework.errors import Stale
from prework.ledger import PUT_AT_ONCE, change, put_all, together
from prework.transactions import MAX_ACTIONS, Transaction
from prework.wording import snake


class Folded(NamedTuple):
    """The stored nodes were whole at one version and now are at another: the state has to know."""

    since: int
    through: int


@dataclass(frozen=True)
class Fold:
    """What is to be brought up to a version: nodes changed since another, and those to remove."""

    ref: DocumentRef
    body_id: str
    since: int
    version: int
    nodes: list[EngineNode]
    dropped: list[str]

    @property
    def folded(self) -> Folded:
        """What the state is to say, once it is done."""
        return Folded(self.since, self.version)


def write_body(ref: DocumentRef, body_id: str, replica: Replica) -> None:
    """Write all nodes of a document that no state names yet, in as many writes as it takes."""
    pk = body_key(ref, body_id)
    for records in _portions(replica.records()):
        transaction = Transaction()
        for record in records:
            transaction.replace(node_item(pk, record))
        together(transaction, [Node])


def fold(work: Fold) -> None:
    """Bring the stored nodes up to a version; the state does not say so yet.

    Raises `Stale` if somebody else has done it, further or in part; `StorageUnavailable`.
    """
    pk = body_key(work.ref, work.body_id)
    for records in _portions(node.to_record() for node in work.nodes):
        transaction = Transaction()
        for record in records:
            is_older = Node.pk.does_not_exist() | (Node.version <= record["version"])
            transaction.put(node_item(pk, record), is_older, Stale)
        together(transaction, [Node])
    for start in range(0, len(work.dropped), MAX_ACTIONS):
        transaction = Transaction()
        for name in work.dropped[start : start + MAX_ACTIONS]:
            is_older = Node.pk.does_not_exist() | (Node.version <= work.version)
            transaction.delete(Node(pk, node_sort(name)), is_older, Stale)
        together(transaction, [Node])


def note_folded(ref: DocumentRef, folded: Folded) -> None:
    """Say in the state that the nodes are whole; where a commit is to come, it says so better.

    An UpdateItem does not get through between transactions that come one after the other.
    Raises `Stale` if somebody else has moved the mark; `StorageUnavailable`.
    """
    if not _move_mark(ref, State.unfolded_since, folded.since, folded.through):
        raise Stale


def let_expire(ref: DocumentRef) -> None:
    """Let the log expire in its time, as far as the nodes hold it. Better while it is quiet."""
    state = read_state(ref)
    since, through = state.kept_since, state.folded_version
    if since is None:
        return
    rows = unexpiring(ref, since, through)
    while some := list(islice(rows, PUT_AT_ONCE)):
        for row in some:
            row.expires_at = expiry_of(int(row.timestamp))
        # Written again as they are: one by one or in a transaction it would cost twice as much.
        put_all(some)
    _move_mark(ref, State.unexpiring_since, since, through)


def node_item(pk: str, record: Record) -> Node:
    """A node as it is stored."""
    values = {snake(name): value for name, value in record.items()}
    return Node(pk, node_sort(record["node"]), **values)


def _move_mark(ref: DocumentRef, mark: NumberAttribute, since: int, through: int) -> bool:
    """Take a mark away from the state, or on if there is more; whether it was where it should."""
    pk, is_there = document_key(ref), mark == since
    is_all = is_there & (State.version == through)
    if change(State, pk, STATE, [mark.remove()], is_all) is not None:
        return True
    return change(State, pk, STATE, [mark.set(through)], is_there) is not None


def _portions(records: Iterable[Record]) -> Iterator[list[Record]]:
    """As many as one transaction takes, by number and by bytes."""
    portion: list[Record] = []
    size = 0
    for record in records:
        weight = len((record.get("value", "") + record["marks"]).encode())
        if portion and (len(portion) == WRITTEN_NODES or size + weight > WRITTEN_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(record)
        size += weight
    if portion:
        yield portion
