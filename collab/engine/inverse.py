"""Going back: the inverse of one operation, and the content as of an older version."""

import hashlib
from collections.abc import Iterable
from typing import Any

from collab.engine import trees
from collab.engine.committed import CommittedOperation
from collab.engine.operations import Kind, OnConflict, Operation
from collab.engine.refusals import LogGap, ReplicaDiverged
from collab.engine.replica import Replica, content_of
from collab.engine.values import ABSENT, Value


def inverse(committed: CommittedOperation, *, on_conflict: OnConflict = "overwrite") -> Operation:
    """The operation that puts back what a committed one replaced.

    It is based on the version it undoes, and expects what that one left: whoever changed the place
    since is a conflict, as with any operation. Its id follows from what it undoes, so that to undo
    the same once more is to send it again.
    """
    undone = f"{committed.version}:{committed.operation.operation_id}"
    return Operation(
        operation_id=f"undo-{hashlib.sha256(undone.encode()).hexdigest()[:40]}",
        kind=_inverse_kind(committed),
        path=committed.operation.path,
        old_value=committed.after,
        new_value=committed.before,
        base_version=committed.version,
        on_conflict=on_conflict,
    )


def content_at(
    replica: Replica, newest_first: Iterable[CommittedOperation], version: int
) -> dict[str, Any]:
    """The content at an older version, from the log between then and the replica's version."""
    values: dict[str, Value] = {key: node.value for key, node in replica.nodes.items()}
    at = replica.version
    for committed in newest_first:
        if at == version:
            break
        if committed.version != at:
            raise LogGap(f"{at} is missing, found {committed.version}")
        _undo(values, committed)
        at -= 1
    if at != version:
        raise LogGap(f"the log ends at {at}, before {version}")
    return content_of(values)


def _inverse_kind(committed: CommittedOperation) -> Kind:
    if committed.before is ABSENT:
        return "delete"
    return "insert" if committed.after is ABSENT else "update"


def _undo(values: dict[str, Value], committed: CommittedOperation) -> None:
    path = committed.operation.path
    try:
        values[path.node] = trees.write(
            values.get(path.node, ABSENT), path.inner, committed.before
        )
    except KeyError as error:
        raise ReplicaDiverged(f"version {committed.version} does not fit") from error
