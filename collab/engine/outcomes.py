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
    """The operation changed nothing; `current` is what is at its path at `version`.

    With `retry` its outcome is unknown; after `retry_after` seconds it may be taken.
    """

    code: Code
    detail: str
    operation_id: str | None
    version: int
    current: Value = ABSENT
    retry: bool = False
    retry_after: float | None = None

    def to_wire(self) -> dict[str, Any]:
        """The body of an `operation.rejected`."""
        wire: dict[str, Any] = {
            "operationId": self.operation_id,
            "code": self.code.value,
            "detail": self.detail,
            "version": self.version,
            "current": None if self.current is ABSENT else self.current,
        }
        if self.retry:
            wire["retry"] = True
        if self.retry_after is not None:
            wire["retryAfter"] = self.retry_after
        return wire


Outcome = Applied | Rejected


def rejected(refused: Refused, *, version: int, current: Value = ABSENT) -> Rejected:
    """The outcome of an operation that was refused."""
    return Rejected(
        code=refused.code,
        detail=refused.detail,
        operation_id=refused.operation_id,
        version=version,
        current=current,
        retry=refused.code is Code.STORAGE_UNAVAILABLE,
        retry_after=refused.retry_after,
    )
