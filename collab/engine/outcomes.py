"""What becomes of an operation: applied or rejected, and how its sender is told."""

from dataclasses import dataclass
from typing import Any

from collab.engine.committed import CommittedOperation
from collab.engine.refusals import Code, Refused
from collab.engine.values import ABSENT, Value


@dataclass(frozen=True, slots=True)
class Applied:
    """The operation is in the order; `is_duplicate` if it was there before it was sent again."""

    committed: CommittedOperation
    is_duplicate: bool = False

    def to_wire(self) -> dict[str, Any]:
        """The body of an `operation.ack`."""
        wire: dict[str, Any] = {
            "operationId": self.committed.operation.operation_id,
            "version": self.committed.version,
        }
        conflict = self.committed.conflict
        if conflict is not None:
            wire["conflict"] = conflict.to_wire()
        if self.is_duplicate:
            wire["duplicate"] = True
        return wire


@dataclass(frozen=True, slots=True)
class Rejected:
    """The operation changed nothing; `current` is what is at its path at `version`."""

    code: Code
    detail: str
    operation_id: str | None
    version: int
    current: Value = ABSENT
    retry: bool = False

    def to_wire(self) -> dict[str, Any]:
        """The body of an `operation.rejected`."""
        wire: dict[str, Any] = {
            "operationId": self.operation_id,
            "code": self.code.value,
            "detail": self.detail,
            "version": self.version,
            "current": None if self.current is ABSENT else self.current,
        }
        return wire | {"retry": True} if self.retry else wire


Outcome = Applied | Rejected


def rejected(refused: Refused, *, version: int, current: Value = ABSENT) -> Rejected:
    """The outcome of an operation that was refused."""
    return Rejected(refused.code, refused.detail, refused.operation_id, version, current)
