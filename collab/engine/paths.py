"""Where an operation points: `checklist-123.items.item-456.checked` and the node it lies in."""

import re
from dataclasses import dataclass
from functools import lru_cache

from collab.engine.limits import PATH_SEGMENTS
from collab.engine.refusals import Code, Refused

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

FIELDS = "FIELDS"
# The collections a document may have, and what its events call one of their items.
COLLECTIONS = {"items": "item"}

Inner = tuple[str, ...]

_LONGEST = (PATH_SEGMENTS + 1) * 65


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path: its node (`FIELDS` or `items/item-456`) and the way inside that node."""

    text: str
    node: str
    inner: Inner
    item_id: str | None  # of the item that it is about, if it is about one


def node_key(collection: str, item_id: str) -> str:
    """The node of one item."""
    return f"{collection}/{item_id}"


def item_of(node: str) -> str | None:
    """The item that a node is, or None for the top-level fields."""
    return None if node == FIELDS else node.partition("/")[2]


def is_name(text: object) -> bool:
    """Whether this can be an id or a name in a path."""
    return isinstance(text, str) and ID_PATTERN.fullmatch(text) is not None


# People work on the same few paths again and again. Refusals raise, so they are not kept.
@lru_cache(maxsize=4096)
def parse_path(text: str, entity_id: str) -> Path:
    """Read an operation's path; it must begin with the document's own entity id."""
    if len(text) > _LONGEST:
        raise _invalid("path is too long")
    first, *names = text.split(".")
    if first != entity_id:
        raise _invalid("path must begin with the id of this document")
    if not 1 <= len(names) <= PATH_SEGMENTS:
        raise _invalid(f"path must have 1 to {PATH_SEGMENTS} names after the id of the document")
    if not all(map(ID_PATTERN.fullmatch, names)):
        raise _invalid("path holds a name that is not a valid id")
    return _located(text, names)


def _located(text: str, names: list[str]) -> Path:
    if names[0] not in COLLECTIONS:
        return Path(text, FIELDS, tuple(names), None)
    if len(names) == 1:
        raise _invalid(f"{names[0]} is a collection, which is not set or deleted whole")
    return Path(text, node_key(names[0], names[1]), tuple(names[2:]), names[1])


def _invalid(detail: str) -> Refused:
    return Refused(Code.INVALID_OPERATION, detail)
