"""What a committed operation is called when it is told to those who watch."""

from typing import Any

from collab.engine.committed import CommittedOperation
from collab.engine.paths import COLLECTIONS
from collab.engine.timestamps import timestamp_text
from collab.engine.values import ABSENT


def event_type(entity_type: str, committed: CommittedOperation) -> str:
    """The name of what happened, such as `checklist.item.checked`."""
    path = committed.operation.path
    if path.item_id is None:
        return f"{entity_type}.updated"
    noun = COLLECTIONS[path.node.partition("/")[0]]
    return f"{entity_type}.{noun}.{_verb(committed)}"


def event_data(committed: CommittedOperation) -> dict[str, Any]:
    """The short form of what happened, for those who do not read the operation."""
    path, author = committed.operation.path, committed.author
    data: dict[str, Any] = {} if path.item_id is None else {"itemId": path.item_id}
    if _checked(committed) is not None:
        data["checked"] = committed.after
    elif path.inner:
        data["field"] = ".".join(path.inner)
    return data | {"updatedBy": author.user_id}


def operation_event(
    entity_type: str, entity_id: str, committed: CommittedOperation
) -> dict[str, Any]:
    """The whole event, as it goes to everyone but the sending socket."""
    event = {
        "eventType": event_type(entity_type, committed),
        "entityType": entity_type,
        "entityId": entity_id,
        "timestamp": timestamp_text(committed.at),
        "version": committed.version,
        "userId": committed.author.user_id,
        "operation": committed.operation.to_wire(),
        "data": event_data(committed),
    }
    conflict = committed.conflict
    return event if conflict is None else event | {"conflict": conflict.to_wire()}


def _verb(committed: CommittedOperation) -> str:
    checked = _checked(committed)
    if checked is not None:
        return "checked" if checked else "unchecked"
    if committed.operation.path.inner:
        return "updated"
    if committed.after is ABSENT:
        return "removed"
    return "added" if committed.before is ABSENT else "updated"


def _checked(committed: CommittedOperation) -> bool | None:
    path = committed.operation.path
    if path.item_id is None or path.inner != ("checked",):
        return None
    return committed.after if isinstance(committed.after, bool) else None
