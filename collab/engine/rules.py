"""The rules: whether an operation may be applied to a stage, and what it overwrites."""

from typing import NamedTuple

from collab.engine import trees
from collab.engine.limits import DOCUMENT_BYTES, DOCUMENT_ITEMS, NODE_BYTES
from collab.engine.marks import Author, Touch
from collab.engine.nodes import Node
from collab.engine.operations import Operation
from collab.engine.paths import Path
from collab.engine.refusals import Code, Refused
from collab.engine.stage import Stage, item_overhead
from collab.engine.timestamps import timestamp_text
from collab.engine.values import ABSENT, Value, same_json


class Ruling(NamedTuple):
    """Leave to apply: the value before, the one written, whom it overwrites, how much it adds."""

    before: Value
    after: Value
    overwrites: Touch | None
    growth: int


def judge(stage: Stage, operation: Operation, author: Author) -> Ruling:
    """Decide about an operation as the stage is now, or raise Refused. Changes nothing."""
    if operation.base_version > stage.version:
        raise Refused(Code.INVALID_BASE_VERSION, f"the newest version is {stage.version}")
    node = stage.find(operation.path.node)
    before = current_value(stage, operation.path)
    _check_place(operation, node, before)
    overwrites = _overwritten(stage, node, operation, author, before)
    if overwrites is not None and operation.on_conflict == "reject":
        raise Refused(Code.CONFLICT, _who_and_when(overwrites))
    after = ABSENT if operation.kind == "delete" else operation.new_value
    growth = stage.growth(operation.path, after)
    if growth > 0:
        _check_room(stage, node, operation.path, growth)
    return Ruling(before, after, overwrites, growth)


def _who_and_when(touch: Touch) -> str:
    when = timestamp_text(touch.at)
    return f"changed by {touch.author.user_id} at {when}, in version {touch.version}"


def current_value(stage: Stage, path: Path) -> Value:
    """What is at a path as the stage is now, or ABSENT."""
    node = stage.find(path.node)
    return trees.read(node.value, path.inner) if node else ABSENT


def _check_place(operation: Operation, node: Node | None, before: Value) -> None:
    if before is not ABSENT:
        if operation.kind == "insert":
            raise Refused(Code.ALREADY_EXISTS, "there is something at this path")
        return
    if operation.kind == "delete":
        raise Refused(Code.NOT_FOUND_IN_DOCUMENT, "there is nothing at this path")
    inner = operation.path.inner
    if inner and (node is None or trees.parent_of(node.value, inner) is None):
        raise Refused(Code.NOT_FOUND_IN_DOCUMENT, "there is no object above this path")


def _overwritten(
    stage: Stage, node: Node | None, operation: Operation, author: Author, before: Value
) -> Touch | None:
    touch = _newest_by_others(stage, node, operation, author)
    if touch is None or _expects(operation, before):
        return None
    return touch


def _newest_by_others(
    stage: Stage, node: Node | None, operation: Operation, author: Author
) -> Touch | None:
    since = operation.base_version
    if node is not None:
        if node.version <= since:
            return None
        return node.marks.by_others(operation.path.inner, author, since)
    touch = stage.forgotten and stage.forgotten.by_others(author)
    return touch if touch and touch.version > since else None


def _expects(operation: Operation, before: Value) -> bool:
    # Only a value that was sent can still be there; null is how a client names nothing.
    if operation.old_value is ABSENT:
        return False
    return same_json(operation.old_value, None if before is ABSENT else before)


def _check_room(stage: Stage, node: Node | None, path: Path, growth: int) -> None:
    is_new_item = node is None or node.is_deleted
    if (0 if node is None else node.size) + growth > NODE_BYTES:
        whole = "the top-level fields" if path.item_id is None else "an item"
        raise Refused(Code.TOO_LARGE, f"{whole} would be larger than {NODE_BYTES} bytes of JSON")
    if is_new_item and stage.item_count >= DOCUMENT_ITEMS:
        raise Refused(Code.TOO_LARGE, f"a document has at most {DOCUMENT_ITEMS} items")
    overhead = item_overhead(path.node) if is_new_item else 0
    if stage.bytes + growth + overhead > DOCUMENT_BYTES:
        raise Refused(Code.TOO_LARGE, f"a document has at most {DOCUMENT_BYTES} bytes of JSON")
