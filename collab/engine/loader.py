"""Reading a document from the store: its state, its nodes, and its log.

Reading is not a snapshot: a Query may see half of a transaction, and its pages span commits. So
the nodes are read after the state and the log after the nodes: whatever a node has seen already
is in the log that is read then, and a node ignores the operations that it has seen. What a node
should have seen and has not, since half of a transaction was not visible yet, is in the log's
newest entries, which are gone through as well. Where the log itself is behind, all is read again.
"""

import random
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from collab.engine.committed import CommittedOperation
from collab.engine.limits import LOOK_BACK_ENTRIES, LOOK_BACK_OPERATIONS, RECENT_OPERATIONS
from collab.engine.log import entry_from_record, expiry_of, ids_in
from collab.engine.nodes import mark_from_text
from collab.engine.refusals import LogGap, ReplicaDiverged
from collab.engine.repeats import RecentOperations
from collab.engine.replica import Replica, load_replica
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
from prework import clock
from prework.dynamo import Item, each, find
from prework.errors import NotFound, StorageUnavailable
from prework.wording import camel

log = structlog.get_logger(__name__)
# How much of the log a document is loaded with, so that most repeats are found without a read.
TAIL_ENTRIES = 100
LOADS = 5  # so often is read what does not fit together
PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Loaded:
    """A document as it was read."""

    state: State
    replica: Replica
    recent: RecentOperations


def load(ref: DocumentRef) -> Loaded:
    """Read a document whole.

    Raises `NotFound` for one that is unknown or archived; `StorageUnavailable` for one whose
    parts go on not fitting together.
    """
    for attempt in range(1, LOADS + 1):
        try:
            return _load_once(ref)
        except (LogGap, ReplicaDiverged):
            log.warning("loading_again", entity_id=ref.entity_id, attempt=attempt, exc_info=True)
            time.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))
    raise StorageUnavailable


def _load_once(ref: DocumentRef) -> Loaded:
    state = read_state(ref)
    nodes = [_record(node) for node in each(Node, body_key(ref, state.body_id))]
    folded = state.folded_version
    operations = _contiguous(_read(ref, folded, tail=TAIL_ENTRIES, folded=folded))
    floor = operations[0].version - 1 if operations else folded
    replica = load_replica(
        nodes,
        version=min(floor, folded),
        epoch=state.epoch,
        timestamp=state.timestamp,
        # Read after the nodes: of a tombstone that had gone from them, it tells.
        forgotten=mark_from_text(read_state(ref).forgotten),
    )
    replica.apply(operations, is_replay=True)
    if replica.version < state.version:
        raise LogGap(f"the log ends at {replica.version}, before {state.version}")
    recent = RecentOperations(floor)
    for committed in operations:
        recent.add(committed)
    return Loaded(state, replica, recent)


def read_state(ref: DocumentRef) -> State:
    """Where the document is in the store. Raises `NotFound` for one that is not to be had."""
    state = find(State, document_key(ref), STATE)
    if state is None or state.archived_at:
        raise NotFound
    return state


def read_log(ref: DocumentRef, since: int) -> list[CommittedOperation]:
    """The operations after a version in order, as far back as they are kept."""
    return _contiguous(_read(ref, since))


@dataclass(frozen=True)
class Found:
    """Operations by id, looked for among all that came after one version, up to another."""

    operations: dict[str, CommittedOperation]
    since: int
    through: int

    @property
    def is_empty(self) -> bool:
        """Whether there is no history any more."""
        return self.through == 0


def search_log(ref: DocumentRef, operation_ids: Collection[str], since: int) -> Found:
    """Look for operations in the log after a version, or as far back as anybody looks.

    Of several under one id it is the newest. Rows are made operations only where one is found.
    """
    found: dict[str, CommittedOperation] = {}
    now, through, reached = clock.to_epoch(clock.now()), 0, None
    rows = each(OperationBatch, log_key(ref), newest_first=True, page_size=TAIL_ENTRIES)
    for count, row in enumerate(rows, 1):
        if _is_over(row, now, None):
            break
        through = through or int(row.last_version)
        reached = int(row.first_version) - 1
        if ids_in(_record(row)).intersection(operation_ids):
            for one in operations_of(row):
                found.setdefault(one.operation.operation_id, one)
        is_far = count == LOOK_BACK_ENTRIES or through - reached >= LOOK_BACK_OPERATIONS
        if reached <= since or is_far:
            break
    return Found(found, through if reached is None else reached, through)


def unexpiring(ref: DocumentRef, since: int, through: int) -> Iterator[OperationBatch]:
    """The log entries between two versions that are to be kept for good, newest first."""
    for row in each(OperationBatch, log_key(ref), newest_first=True):
        if row.last_version <= since:
            return
        if row.last_version <= through and not row.expires_at:
            yield row


def operations_of(row: OperationBatch) -> list[CommittedOperation]:
    """The operations of a log entry, in order."""
    return list(entry_from_record(_record(row)).operations)


def _read(
    ref: DocumentRef, since: int, *, tail: int = 0, folded: int | None = None
) -> Iterator[list[CommittedOperation]]:
    """Log entries newest first, until `since` is reached and `tail` of them were read."""
    rows = each(OperationBatch, log_key(ref), newest_first=True, page_size=TAIL_ENTRIES)
    now, operations = clock.to_epoch(clock.now()), 0
    for count, row in enumerate(rows, 1):
        is_enough = count > tail or operations >= RECENT_OPERATIONS
        if _is_over(row, now, folded) or (is_enough and row.last_version <= since):
            return
        entry = operations_of(row)
        operations += len(entry)
        yield entry
        if count >= tail and row.first_version <= since + 1:
            return


def _is_over(row: OperationBatch, now: int, folded: int | None) -> bool:
    """Whether an entry is history no more: by its age, whether it is marked to expire or not.

    Of two old ones the newer may be marked, and deleted already: there would be a gap between
    the other and what came later. What is not in the nodes yet (above `folded`) is never over.
    """
    is_needed = folded is not None and not row.expires_at and row.last_version > folded
    return not is_needed and (row.expires_at or expiry_of(int(row.timestamp))) <= now


def _contiguous(entries: Iterator[list[CommittedOperation]]) -> list[CommittedOperation]:
    newest_first = [committed for entry in entries for committed in reversed(entry)]
    operations = newest_first[::-1]
    for earlier, later in zip(operations, operations[1:], strict=False):
        if later.version != earlier.version + 1:
            raise LogGap(f"{earlier.version + 1} is missing in the log")
    return operations


def _record(item: Item) -> dict[str, Any]:
    return {camel(name): value for name, value in item.attribute_values.items()}
