"""One document in memory: version, epoch and nodes; it follows the log and gives the content."""

from collections.abc import Iterable
from typing import Any

from collab.engine import trees
from collab.engine.committed import CommittedOperation
from collab.engine.marks import Mark
from collab.engine.nodes import Node, Record, node_from_record
from collab.engine.paths import COLLECTIONS, FIELDS
from collab.engine.refusals import LogGap, ReplicaDiverged, StaleBatch
from collab.engine.stage import Stage, item_overhead
from collab.engine.values import ABSENT


class Replica:
    """The state of one document. What it hands out never changes afterwards."""

    def __init__(
        self,
        nodes: Iterable[Node],
        *,
        version: int,
        epoch: str,
        timestamp: int,
        forgotten: Mark | None = None,
    ) -> None:
        self.version = version
        self.epoch = epoch
        self.timestamp = timestamp
        self.forgotten = forgotten
        # Tombstones let go of, and at which version: the store may have them yet.
        self.dropped: dict[str, int] = {}
        self.nodes = {node.key: node for node in nodes}
        deleted = (node.key for node in self.nodes.values() if node.is_deleted)
        self.tombstones = self._oldest_first(deleted)
        self.item_count = sum(not node.is_deleted for node in self.nodes.values()) - 1
        self.weight = sum(node.weight for node in self.nodes.values())
        self.bytes = sum(
            node.size + item_overhead(node.key)
            for node in self.nodes.values()
            if not node.is_deleted
        )

    def content(self) -> dict[str, Any]:
        """The document's content as JSON, as of this version."""
        return content_of({key: node.value for key, node in self.nodes.items()})

    def records(self) -> list[Record]:
        """Every node as it is stored, tombstones included."""
        return [node.to_record() for node in self.nodes.values()]

    def apply(self, operations: Iterable[CommittedOperation], *, is_replay: bool = False) -> None:
        """Follow the log: committed operations in order, known ones ignored, none left out.

        A replay begins before where the nodes are. There, a node that is written into and is not
        there was deleted later on, and removed: the operation is counted, and left at that.
        """
        stage = Stage(self)
        for committed in operations:
            if committed.version > stage.version + 1:
                raise LogGap(f"{stage.version + 1} is missing before {committed.version}")
            if committed.version > stage.version:
                _follow(stage, committed, is_replay=is_replay)
        self.absorb(stage)
        if is_replay:  # what was made again may be older than what was here
            self.tombstones = self._oldest_first(self.tombstones)

    def absorb(self, stage: Stage) -> None:
        """Become what a stage says, if nothing happened since it was made."""
        if self.version != stage.base_version:
            raise StaleBatch(f"at {self.version}, settled at {stage.base_version}")
        for key in stage.dropped:
            self._replace(key, None)
            self.dropped[key] = stage.version
        for key, node in stage.nodes.items():
            self._replace(key, node)
            self.dropped.pop(key, None)
        self.tombstones.update(stage.tombstones)
        self.version = stage.version
        self.timestamp = stage.timestamp
        self.bytes = stage.bytes
        self.item_count = stage.item_count
        self.forgotten = stage.forgotten

    def forget_dropped(self, through: int) -> None:
        """The store holds no tombstones any more that were let go of up to a version."""
        self.dropped = {key: at for key, at in self.dropped.items() if at > through}

    def _oldest_first(self, keys: Iterable[str]) -> dict[str, None]:
        """In the order in which they are dropped."""
        return dict.fromkeys(sorted(keys, key=lambda key: self.nodes[key].version))

    def _replace(self, key: str, node: Node | None) -> None:
        before = self.nodes.get(key)
        self.tombstones.pop(key, None)
        self.weight += (node.weight if node else 0) - (before.weight if before else 0)
        if node is not None:
            self.nodes[key] = node  # where it was: content keeps the order of its items
        else:
            self.nodes.pop(key, None)


def load_replica(
    records: Iterable[Record],
    *,
    version: int,
    epoch: str,
    timestamp: int,
    forgotten: Mark | None = None,
) -> Replica:
    """A replica from stored nodes; apply the log after `version` next.

    Nodes may be newer than `version`: they ignore the operations that they already contain.
    """
    nodes = [node_from_record(record) for record in records]
    if all(node.key != FIELDS for node in nodes):
        raise ReplicaDiverged("the top-level fields are missing")
    return Replica(nodes, version=version, epoch=epoch, timestamp=timestamp, forgotten=forgotten)


def content_of(values: dict[str, Any]) -> dict[str, Any]:
    """Content from the values of nodes by key; ABSENT ones are left out."""
    collections: dict[str, dict[str, Any]] = {name: {} for name in COLLECTIONS}
    for key, value in values.items():
        collection, slash, item_id = key.partition("/")
        if slash and value is not ABSENT:
            collections[collection][item_id] = value
    return trees.assemble(values[FIELDS], collections)


def _follow(stage: Stage, committed: CommittedOperation, *, is_replay: bool) -> None:
    path = committed.operation.path
    node = stage.find(path.node)
    is_inside = bool(path.inner) or committed.operation.kind == "delete"
    is_gone = is_replay and node is None and is_inside
    if is_gone or (node is not None and node.version >= committed.version):
        stage.skip(committed.touch)
        return
    try:
        stage.write(committed.operation.path, committed.after, committed.touch)
    except KeyError as error:
        raise ReplicaDiverged(f"version {committed.version} does not fit") from error
