"""A batch: operations settled in order beside a replica, to be committed in one transaction."""

import orjson

from collab.engine.committed import CommittedOperation
from collab.engine.limits import (
    BATCH_LOG_BYTES,
    INLINE_BYTES,
    INLINE_NODES,
    OPERATION_BYTES,
)
from collab.engine.log import LogEntry
from collab.engine.marks import Author, Mark
from collab.engine.nodes import Node
from collab.engine.operations import Operation
from collab.engine.outcomes import Applied, Outcome, Rejected, rejected
from collab.engine.refusals import Code, Refused
from collab.engine.repeats import RecentOperations, judge_repeat
from collab.engine.replica import Replica
from collab.engine.rules import Ruling, current_value, judge
from collab.engine.stage import Stage
from collab.engine.timestamps import next_timestamp


class Batch:
    """What one transaction will hold. The replica is not touched before `advance`.

    To give a batch up (the store failed, another process won), drop it.
    """

    def __init__(self, replica: Replica, recent: RecentOperations, *, now_ms: int) -> None:
        self._replica = replica
        self._recent = recent
        self._stage = Stage(replica)
        self._rows: list[bytes] = []
        self._by_id: dict[str, CommittedOperation] = {}
        self.operations: list[CommittedOperation] = []
        self.log_bytes = 0
        self.timestamp = next_timestamp(now_ms, replica.timestamp)

    @property
    def base_version(self) -> int:
        """The version that the store must be at for this batch to be committed."""
        return self._stage.base_version

    @property
    def version(self) -> int:
        """The document's version after this batch."""
        return self._stage.version

    @property
    def nodes(self) -> list[Node]:
        """The nodes that it touched, as they are after it (deleted ones as tombstones)."""
        return list(self._stage.nodes.values())

    @property
    def is_light(self) -> bool:
        """Whether its nodes are to be written with it, being few and small."""
        stage = self._stage
        is_small = len(stage.nodes) <= INLINE_NODES and stage.weight <= INLINE_BYTES
        return is_small and not stage.dropped

    @property
    def forgotten(self) -> Mark | None:
        """What is still known of all dropped tombstones, to be kept with the state."""
        return self._stage.forgotten

    @property
    def entry(self) -> LogEntry:
        """The log entry to put."""
        return LogEntry(tuple(self.operations), self.timestamp, tuple(self._rows))

    def settle(
        self, operation: Operation, author: Author, first: CommittedOperation | None = None
    ) -> Outcome | None:
        """Decide about the next operation; None if it only fits into a batch after this one.

        Its base version must be covered by the recent operations, or a repeat may go unseen;
        unless it is known to repeat the `first`, or to be new.
        """
        repeated = self._by_id.get(operation.operation_id)
        first = first or repeated or self._recent.find(operation.operation_id)
        try:
            if first is not None:
                return judge_repeat(operation, author.user_id, first)
            return self._apply(operation, author, judge(self._stage, operation, author))
        except Refused as refused:
            return self.refuse(operation, refused)

    def refuse(self, operation: Operation, refused: Refused) -> Rejected:
        """The outcome of an operation that was refused, with what is at its path instead."""
        refused.operation_id = operation.operation_id
        current = current_value(self._stage, operation.path)
        return rejected(refused, version=self.version, current=current)

    def advance(self) -> None:
        """Bring the replica to where the store is, now that the batch is committed."""
        self._replica.absorb(self._stage)
        for committed, row in zip(self.operations, self._rows, strict=True):
            self._recent.add(committed, len(row))

    def _apply(self, operation: Operation, author: Author, ruling: Ruling) -> Applied | None:
        overwritten = ruling.overwrites
        committed = CommittedOperation(
            operation=operation,
            version=self.version + 1,
            before=ruling.before,
            author=author,
            at=self.timestamp,
            overwrote=(overwritten.version, overwritten.author.user_id) if overwritten else None,
        )
        row = orjson.dumps(committed.to_row())
        size = len(row)
        if size > OPERATION_BYTES:
            raise Refused(Code.TOO_LARGE, "the operation and what it replaces are too large")
        if self.operations and self.log_bytes + size > BATCH_LOG_BYTES:
            return None
        self._stage.write(operation.path, ruling.after, committed.touch, ruling.growth)
        self._note(committed, row)
        return Applied(committed)

    def _note(self, committed: CommittedOperation, row: bytes) -> None:
        self.operations.append(committed)
        self._rows.append(row)
        self._by_id[committed.operation.operation_id] = committed
        self.log_bytes += len(row) + 1
