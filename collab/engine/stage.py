"""An overlay on a replica: what it would be after some operations, without touching it."""

from typing import TYPE_CHECKING

from collab.engine import trees
from collab.engine.limits import TOMBSTONES
from collab.engine.marks import Mark, Touch, merged
from collab.engine.nodes import Node, empty_node
from collab.engine.paths import FIELDS, Path
from collab.engine.values import ABSENT, Value, json_size

if TYPE_CHECKING:
    from collab.engine.replica import Replica


class Stage:
    """Copies of the nodes that were touched, and the counts that go with them."""

    def __init__(self, replica: "Replica") -> None:
        self._replica = replica
        self.base_version = self.version = replica.version
        self.timestamp = replica.timestamp
        self.bytes = replica.bytes
        self.item_count = replica.item_count
        self.forgotten: Mark | None = replica.forgotten
        self.nodes: dict[str, Node] = {}
        self.tombstones: dict[str, None] = {}  # made here, oldest first
        self.dropped: dict[str, None] = {}
        self.weight = 0
        self._tombstone_count = len(replica.tombstones)

    def find(self, key: str) -> Node | None:
        """The node as it would be, tombstones included."""
        if key in self.nodes:
            return self.nodes[key]
        return None if key in self.dropped else self._replica.nodes.get(key)

    def write(self, path: Path, value: Value, touch: Touch, growth: int | None = None) -> None:
        """Set (or with ABSENT delete) a place whose parent exists; `growth` if it is known."""
        if growth is None:
            growth = self.growth(path, value)
        node = self._own(path.node)
        self.weight -= node.weight
        was_deleted = node.is_deleted
        node.value = trees.write(node.value, path.inner, value)
        node.size += growth
        node.version = touch.version
        self.skip(touch)
        node.marks.touch(path.inner, touch)
        self.bytes += growth
        if node.is_deleted is not was_deleted:
            self._recount(node, touch)
        self.weight += node.weight

    def skip(self, touch: Touch) -> None:
        """Count an operation whose effect is here already."""
        self.version = touch.version
        self.timestamp = max(self.timestamp, touch.at)

    def growth(self, path: Path, value: Value) -> int:
        """By how many bytes of JSON its node would grow."""
        node = self.find(path.node)
        root = node.value if node else ABSENT
        if not path.inner:
            return json_size(value) - (node.size if node else 0)
        before = trees.read(root, path.inner)
        growth = json_size(value) - json_size(before)
        if (before is ABSENT) is (value is ABSENT):
            return growth
        return growth + _entry_growth(trees.parent_of(root, path.inner), path, value)

    def _own(self, key: str) -> Node:
        node = self.nodes.get(key)
        if node is None:
            known = self.find(key)
            node = self.nodes[key] = known.copy() if known else self._unknown(key)
            self.weight += node.weight
            self.dropped.pop(key, None)
            # A node that was never here counts as gone until it is written.
            self._tombstone_count += known is None
        return node

    def _unknown(self, key: str) -> Node:
        # It may be one whose tombstone was dropped: it begins with what is known of all of these.
        node = empty_node(key)
        node.marks.forgotten = self.forgotten
        return node

    def _recount(self, node: Node, touch: Touch) -> None:
        sign = -1 if node.is_deleted else 1
        self.item_count += sign
        self.bytes += sign * item_overhead(node.key)
        self._tombstone_count -= sign
        self.tombstones.pop(node.key, None)
        if node.is_deleted:
            node.marks = node.marks.buried(touch)
            self.tombstones[node.key] = None
            self._drop_tombstones()

    def _drop_tombstones(self) -> None:
        """Drop the oldest. Which these are follows from the log alone, wherever a batch ends."""
        while self._tombstone_count > TOMBSTONES:
            older = (key for key in self._replica.tombstones if self._may_drop(key))
            heads = (next(older, None), next(iter(self.tombstones), None))
            key = min(filter(None, heads), key=self._version_of, default=None)
            if key is None:
                return
            self.forgotten = merged(self.forgotten, self._dropped(key).marks.whole())
            self.dropped[key] = None
            self._tombstone_count -= 1

    def _version_of(self, key: str) -> int:
        return (self.nodes.get(key) or self._replica.nodes[key]).version

    def _may_drop(self, key: str) -> bool:
        return key not in self.nodes and key not in self.dropped

    def _dropped(self, key: str) -> Node:
        if key not in self.nodes:
            return self._replica.nodes[key]
        del self.tombstones[key]
        node = self.nodes.pop(key)
        self.weight -= node.weight
        return node


def item_overhead(key: str) -> int:
    """Bytes that an item takes in its collection beside its own JSON: name, quotes, separators."""
    return 0 if key == FIELDS else len(key.partition("/")[2]) + 4


def _entry_growth(parent: object, path: Path, value: Value) -> int:
    # "name": and a comma, but for an object's only entry.
    others = len(parent) if isinstance(parent, dict) else 0
    entry = len(path.inner[-1]) + 3
    if value is ABSENT:
        return -entry - (others > 1)
    return entry + (others > 0)
