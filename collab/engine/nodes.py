"""A node, one item or the top-level fields: its value, its marks, and its stored form."""

from typing import Any

import orjson

from collab.engine.marks import Author, Mark, Marks, Touch
from collab.engine.values import ABSENT, Value, json_size, json_text

Record = dict[str, Any]


class Node:
    """The unit of storage. Its value is ABSENT when the item was deleted (a tombstone)."""

    __slots__ = ("key", "marks", "size", "value", "version")

    def __init__(self, key: str, value: Value, size: int, version: int, marks: Marks) -> None:
        self.key = key
        self.value = value
        self.size = size
        self.version = version
        self.marks = marks

    @property
    def is_deleted(self) -> bool:
        """Whether only the memory of a deleted item is left."""
        return self.value is ABSENT

    @property
    def weight(self) -> int:
        """At least what storing the node takes, in bytes."""
        return self.size + self.marks.bytes

    def copy(self) -> "Node":
        """A node that may be changed without changing this one."""
        return Node(self.key, self.value, self.size, self.version, self.marks.copy())

    def to_record(self) -> Record:
        """The node as plain attributes, value and marks as JSON text."""
        record: Record = {"node": self.key, "version": self.version, "marks": _marks_text(self)}
        if self.value is ABSENT:
            return record | {"isDeleted": True}
        return record | {"value": json_text(self.value)}


def new_node(key: str, value: Value, touch: Touch) -> Node:
    """A node set whole by one touch."""
    return Node(key, value, json_size(value), touch.version, Marks({(): Mark(touch)}))


def empty_node(key: str) -> Node:
    """A node of which nothing is known yet."""
    return Node(key, ABSENT, 0, 0, Marks({}))


def node_from_record(record: Record) -> Node:
    """Read a node back from its stored attributes."""
    text = record.get("value")
    value: Value = ABSENT if text is None else orjson.loads(text)
    size = json_size(value)
    return Node(record["node"], value, size, int(record["version"]), _read_marks(record["marks"]))


def mark_text(mark: Mark | None) -> str | None:
    """A single mark (a replica's `forgotten`) as it is stored with the state."""
    if mark is None:
        return None
    # Plain lists: the encoder takes no named tuples.
    return json_text([[at.version, list(at.author), at.at] for at in mark if at])


def mark_from_text(text: str | None) -> Mark | None:
    """Read back what `mark_text` wrote."""
    if text is None:
        return None
    touches = [Touch(version, Author(*pair), at) for version, pair, at in orjson.loads(text)]
    return Mark(*touches)


def _marks_text(node: Node) -> str:
    # Authors are written once and pointed at: a handful of people make most of the marks.
    authors: dict[Author, int] = {}
    places = [
        [".".join(inner), *_mark_row(mark, authors)] for inner, mark in node.marks.places.items()
    ]
    forgotten = node.marks.forgotten and _mark_row(node.marks.forgotten, authors)
    pairs = [list(author) for author in authors]
    return json_text({"authors": pairs, "places": places, "forgotten": forgotten})


def _mark_row(mark: Mark, authors: dict[Author, int]) -> list[Any]:
    row: list[Any] = []
    for touch in filter(None, mark):
        row += [touch.version, authors.setdefault(touch.author, len(authors)), touch.at]
    return row


def _read_marks(text: str) -> Marks:
    raw = orjson.loads(text)
    authors = [Author(*pair) for pair in raw["authors"]]
    places = {
        tuple(place.split(".")) if place else (): _read_mark(row, authors)
        for place, *row in raw["places"]
    }
    return Marks(places, raw["forgotten"] and _read_mark(raw["forgotten"], authors))


def _read_mark(row: list[int], authors: list[Author]) -> Mark:
    triples = zip(row[0::3], row[1::3], row[2::3], strict=True)
    return Mark(*(Touch(version, authors[author], at) for version, author, at in triples))
