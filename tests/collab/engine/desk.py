"""A document on a desk: the engine with a list for a store, and people who write."""

from copy import deepcopy
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings

from collab.engine.batch import Batch
from collab.engine.committed import CommittedOperation
from collab.engine.contents import new_replica
from collab.engine.log import LogEntry
from collab.engine.marks import Author, Touch
from collab.engine.operations import Operation, parse_operation
from collab.engine.outcomes import Applied, Outcome, Rejected
from collab.engine.repeats import RecentOperations
from collab.engine.replica import Replica

ENTITY = "checklist-123"
OWNER = Author("user-owner", "client-owner")
ALICE = Author("user-alice", "tab-1")
ALICE_TAB_2 = Author("user-alice", "tab-2")
BOB = Author("user-bob", "tab-1")

CONTENT: dict[str, Any] = {
    "title": "Opening round",
    "place": {"city": "Graz", "hall": {"door": 4}},
    "items": {"item-456": {"text": "Lock the gate", "checked": False, "order": 2}},
}

# A busy machine is no failure of a property.
PATIENTLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

_ids = count(1)


def operation(kind: str, path: str, base: int, **more: Any) -> Operation:
    """An operation from Python values; `new`, `old`, `on_conflict` and `id` as needed."""
    names = {"new": "newValue", "old": "oldValue", "on_conflict": "onConflict"}
    raw: dict[str, Any] = {
        "operationId": more.pop("id", None) or f"op-{next(_ids)}",
        "type": kind,
        "path": f"{ENTITY}.{path}",
        "baseVersion": base,
    }
    raw |= {names[name]: value for name, value in more.items()}
    return parse_operation(raw, ENTITY)


class Desk:
    """One open document, and the log of all that was committed to it."""

    def __init__(self, content: dict[str, Any] | None = None) -> None:
        self.start = deepcopy(CONTENT) if content is None else content
        self.replica = self.fresh()
        self.recent = RecentOperations(0)
        self.log: list[LogEntry] = []

    def fresh(self) -> Replica:
        """The document as it was created."""
        return new_replica(deepcopy(self.start), Touch(0, OWNER, 1_000), epoch="epoch-1")

    def batch(self) -> Batch:
        """A batch on top of what is committed."""
        return Batch(self.replica, self.recent, now_ms=2_000)

    def commit(self, batch: Batch) -> None:
        """Commit a batch, if there is anything in it."""
        if batch.operations:
            self.log.append(batch.entry)
            batch.advance()

    def send(self, author: Author, *operations: Operation) -> list[Outcome]:
        """Settle operations as one batch and commit it."""
        batch = self.batch()
        outcomes = [batch.settle(each, author) for each in operations]
        self.commit(batch)
        assert None not in outcomes
        return [outcome for outcome in outcomes if outcome is not None]

    def apply(self, author: Author, kind: str, path: str, base: int, **more: Any) -> Applied:
        """Send one operation that must be applied."""
        [outcome] = self.send(author, operation(kind, path, base, **more))
        assert isinstance(outcome, Applied), outcome
        return outcome

    def refuse(self, author: Author, kind: str, path: str, base: int, **more: Any) -> Rejected:
        """Send one operation that must be rejected, and must change nothing."""
        before = self.replica.records()
        [outcome] = self.send(author, operation(kind, path, base, **more))
        assert isinstance(outcome, Rejected), outcome
        assert self.replica.records() == before
        return outcome

    @property
    def operations(self) -> list[CommittedOperation]:
        """All committed operations, in order."""
        return [committed for entry in self.log for committed in entry.operations]


def are_related(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether two places are the same, or one lies above the other."""
    shorter = min(len(left), len(right))
    return left[:shorter] == right[:shorter]
