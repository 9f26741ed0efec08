"""The list of a window's leaves, a file beside its digest: who is missing or other can be named.

A line is `["<timestamp>#<auditId>", shard, leaf hash, hash of the item as stored]`. The digest
names the hash of the file, and its root is over the leaf hashes.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from audit.engine.canonical import Unreadable, sha256, stored_form
from audit.engine.merkle import Tree, leaf_hash


class Leaf(NamedTuple):
    """One entry of a window: its place, and what was sealed of it."""

    sort_key: str
    shard: int
    leaf: str
    stored: str

    @property
    def place(self) -> tuple[str, int]:
        """Where it is in the order of the window."""
        return self.sort_key, self.shard

    @property
    def audit_id(self) -> str:
        return id_in(self.sort_key)

    def to_line(self) -> bytes:
        return json.dumps(list(self), separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


class Written(NamedTuple):
    """What a digest says of the leaves that were written down."""

    entry_count: int
    root: str
    sha256: str


def id_in(sort_key: str) -> str:
    """The id of the entry with this sort key."""
    return sort_key.rpartition("#")[2]


def leaf_of(sort_key: str, shard: int, sealed: bytes | None, raw: object) -> Leaf:
    """The leaf of an entry; one that is no entry at all is sealed as it is stored."""
    stored = stored_form(raw)
    leaf = leaf_hash(stored if sealed is None else sealed)
    return Leaf(sort_key, shard, leaf.hex(), sha256(stored))


def write_leaves(leaves: Iterable[Leaf], file: IO[bytes]) -> Written:
    """Write the list of these leaves, and take their root on the way."""
    tree, digest = Tree(), hashlib.sha256()
    for leaf in leaves:
        line = leaf.to_line()
        digest.update(line)
        file.write(line)
        tree.add(bytes.fromhex(leaf.leaf))
    return Written(tree.size, tree.root().hex(), digest.hexdigest())


def read_leaves(lines: Iterable[bytes]) -> Iterator[Leaf]:
    """The leaves in these lines. Raises `Unreadable`."""
    for line in lines:
        yield leaf_from(line)


def leaf_from(line: bytes | str) -> Leaf:
    """The leaf in a line. Raises `Unreadable`."""
    try:
        sort_key, shard, leaf, stored = json.loads(line)
        sort_key.encode(), bytes.fromhex(leaf), bytes.fromhex(stored)
    except (AttributeError, ValueError, TypeError, RecursionError):
        raise Unreadable("It is no line of a list of leaves.") from None
    if type(shard) is not int:
        raise Unreadable("It is no line of a list of leaves.")
    return Leaf(sort_key, shard, leaf, stored)
