"""A new document: its content checked, and split into nodes."""

from typing import Any

from collab.engine.limits import DOCUMENT_BYTES, DOCUMENT_ITEMS, NODE_BYTES, VALUE_BYTES
from collab.engine.marks import Touch
from collab.engine.nodes import new_node
from collab.engine.paths import COLLECTIONS, FIELDS, is_name, node_key
from collab.engine.refusals import Code, Refused
from collab.engine.replica import Replica
from collab.engine.values import NotJson, measure


def new_replica(content: object, touch: Touch, *, epoch: str) -> Replica:
    """A document with this content, all of it set by one touch (version 0 when it is new).

    Raises Refused with `invalid_content` or `too_large`.
    """
    replica = Replica(
        [new_node(key, value, touch) for key, value in _split(content).items()],
        version=touch.version,
        epoch=epoch,
        timestamp=touch.at,
    )
    _check_limits(replica)
    return replica


def check_values(content: object) -> None:
    """Refuse a field, of the document or of an item, that no operation could have set."""
    if not isinstance(content, dict):
        return
    collections = [content[name] for name in COLLECTIONS if isinstance(content.get(name), dict)]
    fields = [value for name, value in content.items() if name not in COLLECTIONS]
    items = [item for collection in collections for item in collection.values()]
    for item in items:
        fields.extend(item.values() if isinstance(item, dict) else [item])
    for value in fields:
        _check_value(value, VALUE_BYTES)


def _split(content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise _invalid("content must be an object")
    # An empty place in the fields keeps that the collection was there, even with nothing in it.
    present = COLLECTIONS.keys() & content.keys()
    values: dict[str, Any] = {FIELDS: content | {name: {} for name in present}}
    for name in present:
        values |= _items(name, content[name])
    for value in values.values():
        _check_value(value)
    return values


def _items(collection: str, items: object) -> dict[str, Any]:
    if not isinstance(items, dict):
        raise _invalid(f"{collection} must be an object of items by id")
    if not all(map(is_name, items)):
        raise _invalid(f"{collection} holds an id that is not 1 to 64 letters, digits, _ and -")
    return {node_key(collection, item_id): value for item_id, value in items.items()}


def _check_value(value: object, largest: int = DOCUMENT_BYTES) -> None:
    try:
        size = measure(value)
    except NotJson as problem:
        raise _invalid(f"content {problem}") from problem
    if size > largest:
        raise _too_large(f"a value is at most {largest} bytes of JSON")


def _check_limits(replica: Replica) -> None:
    if any(node.size > NODE_BYTES for node in replica.nodes.values()):
        raise _too_large(f"an item or the fields are larger than {NODE_BYTES} bytes of JSON")
    if replica.item_count > DOCUMENT_ITEMS:
        raise _too_large(f"a document has at most {DOCUMENT_ITEMS} items")
    if replica.bytes > DOCUMENT_BYTES:
        raise _too_large(f"a document has at most {DOCUMENT_BYTES} bytes of JSON")


def _invalid(detail: str) -> Refused:
    return Refused(Code.INVALID_CONTENT, detail)


def _too_large(detail: str) -> Refused:
    return Refused(Code.TOO_LARGE, detail)
