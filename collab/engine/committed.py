"""An operation that has its place in a document's order, with what the server saw there."""

from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import orjson

from collab.engine.marks import Author, Touch
from collab.engine.operations import Operation
from collab.engine.paths import parse_path
from collab.engine.timestamps import timestamp_text
from collab.engine.values import ABSENT, Json, Value


class Conflict(NamedTuple):
    """Whose change, unseen by the writer, an operation overwrote; the value is what was there."""

    version: int
    user_id: str
    value: Json

    def to_wire(self) -> dict[str, Any]:
        """The conflict as it stands in acks and broadcasts."""
        return {"version": self.version, "userId": self.user_id, "value": self.value}


@dataclass(slots=True)  # frozen would take twice as long to make; nothing changes one
class CommittedOperation:
    """An operation, its version, its author and time, and the value before it as the server knew.

    `conflict` names whom it overwrote; the value overwritten is `before`.
    """

    operation: Operation
    version: int
    before: Value
    author: Author
    at: int
    overwrote: tuple[int, str] | None = None

    @property
    def after(self) -> Value:
        """What is at the path since."""
        return ABSENT if self.operation.kind == "delete" else self.operation.new_value

    @property
    def touch(self) -> Touch:
        """The mark it leaves."""
        return Touch(self.version, self.author, self.at)

    @property
    def conflict(self) -> Conflict | None:
        """The conflict to tell, if it overwrote what its writer had not seen."""
        if self.overwrote is None:
            return None
        return Conflict(*self.overwrote, None if self.before is ABSENT else self.before)

    def to_wire(self) -> dict[str, Any]:
        """The operation as it stands in history: as it was sent, with where it came to be."""
        wire = self.operation.to_wire()
        wire["version"] = self.version
        wire["userId"] = self.author.user_id
        wire["timestamp"] = timestamp_text(self.at)
        if self.overwrote is not None:
            wire["conflict"] = cast(Conflict, self.conflict).to_wire()
        return wire

    @property
    def size(self) -> int:
        """Bytes that it takes in a log entry."""
        return len(orjson.dumps(self.to_row()))

    def to_row(self) -> dict[str, Any]:
        """The operation as it stands in a log entry, whose time all its operations share."""
        row = self.operation.to_wire()
        row["version"] = self.version
        row["userId"], row["clientId"] = self.author
        if self.before is not ABSENT:
            row["before"] = self.before
        if self.overwrote is not None:
            row["overwrote"] = self.overwrote
        return row


def committed_from_row(row: dict[str, Any], at: int) -> CommittedOperation:
    """Read back what `to_row` wrote."""
    overwrote = row.get("overwrote")
    return CommittedOperation(
        operation=_operation_from_row(row),
        version=row["version"],
        before=row.get("before", ABSENT),
        author=Author(row["userId"], row["clientId"]),
        at=at,
        overwrote=(overwrote[0], overwrote[1]) if overwrote else None,
    )


def _operation_from_row(row: dict[str, Any]) -> Operation:
    path: str = row["path"]
    return Operation(
        operation_id=row["operationId"],
        kind=row["type"],
        path=parse_path(path, path.partition(".")[0]),
        old_value=row.get("oldValue", ABSENT),
        new_value=row.get("newValue", ABSENT),
        base_version=row["baseVersion"],
        on_conflict=row["onConflict"],
    )
