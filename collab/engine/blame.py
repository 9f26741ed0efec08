"""Blame: who last set each field of a document, and when."""

from collections.abc import Iterator
from typing import Any

from collab.engine import trees
from collab.engine.marks import Touch
from collab.engine.nodes import Node
from collab.engine.paths import COLLECTIONS, FIELDS, Inner
from collab.engine.replica import Replica
from collab.engine.timestamps import timestamp_text
from collab.engine.values import ABSENT


def blame(replica: Replica, entity_id: str) -> dict[str, dict[str, Any]]:
    """By path: the version, user and time that set what is there.

    The fields of the document and of each item, and whatever below was set by itself. What is not
    remembered any more (very many fields in one node) is left out.
    """
    return {
        _text(entity_id, node, inner): _entry(touch)
        for node in replica.nodes.values()
        for inner in _places(node)
        if (touch := node.marks.last_at(inner)) is not None
    }


def _places(node: Node) -> Iterator[Inner]:
    first_level = {(name,): None for name in node.value} if isinstance(node.value, dict) else {}
    places = first_level | {inner: None for inner in node.marks.places}
    # An item without fields (a plain value) is blamed as a whole.
    if not first_level and node.key != FIELDS:
        places[()] = None
    elif node.value is not ABSENT:
        places.pop((), None)
    for inner in places:
        is_collection = node.key == FIELDS and inner[0] in COLLECTIONS
        if not is_collection and trees.read(node.value, inner) is not ABSENT:
            yield inner


def _text(entity_id: str, node: Node, inner: Inner) -> str:
    start = [entity_id] if node.key == FIELDS else [entity_id, *node.key.split("/")]
    return ".".join([*start, *inner])


def _entry(touch: Touch) -> dict[str, Any]:
    return {
        "version": touch.version,
        "userId": touch.author.user_id,
        "timestamp": timestamp_text(touch.at),
    }
