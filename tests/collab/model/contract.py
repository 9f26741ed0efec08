"""The contract, read plainly: what a log says a document is, and what must become of an operation.

Nothing of the engine is used here: values are JSON as it comes from the store.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

Body = dict[str, Any]
Way = tuple[str, ...]


class Nothing(Enum):
    """The type of `NOTHING`: no value at all, which is not null."""

    NOTHING = "nothing"


NOTHING = Nothing.NOTHING
BODY = ("type", "path", "baseVersion", "onConflict", "oldValue", "newValue")


@dataclass(frozen=True)
class Entry:
    """One committed operation as the log has it."""

    version: int
    user_id: str
    client_id: str
    body: Body
    before: Any
    overwrote: tuple[int, str] | None

    @property
    def operation_id(self) -> str:
        return str(self.body["operationId"])

    @property
    def way(self) -> Way:
        return way_of(self.body)

    @property
    def deletes_item(self) -> bool:
        return self.body["type"] == "delete" and self.way[0] == "items" and len(self.way) == 2

    def repeats(self, body: Body, user_id: str) -> bool:
        """Whether this is the operation of that body, sent by that user."""
        sent = as_sent(body)
        is_same = all(same(self.body.get(k, NOTHING), sent.get(k, NOTHING)) for k in BODY)
        return is_same and self.user_id == user_id


@dataclass(frozen=True)
class Verdict:
    """What is to become of an operation: a refusal's code or none, and whom it overwrites."""

    code: str = ""
    overwrites: tuple[int, str] | None = None


class History:
    """A document's first content, and all that was done to it since."""

    def __init__(self, content: Body) -> None:
        self.entries: list[Entry] = []
        self._contents = [deepcopy(content)]

    @property
    def version(self) -> int:
        return len(self.entries)

    def add(self, entry: Entry) -> None:
        """Take in the next one; the versions must be dense and the operations fit."""
        assert entry.version == self.version + 1, f"{entry.version} after {self.version}"
        content = deepcopy(self.content())
        assert same(read(content, entry.way), entry.before), f"{entry} replaced something else"
        write(content, entry.body)
        self.entries.append(entry)
        self._contents.append(content)

    def content(self, version: int | None = None) -> Body:
        """What the document is at a version."""
        return self._contents[self.version if version is None else version]

    def find(self, operation_id: str) -> list[Entry]:
        """All that was done under an id."""
        return [entry for entry in self.entries if entry.operation_id == operation_id]

    def judge(self, body: Body, user_id: str, client_id: str, version: int) -> Verdict:
        """What is to become of an operation that has its turn at a version."""
        base, way = body["baseVersion"], way_of(body)
        if base > version:
            return Verdict("invalid_base_version")
        before = read(self.content(version), way)
        if body["type"] == "insert" and before is not NOTHING:
            return Verdict("already_exists")
        is_homeless = not isinstance(read(self.content(version), way[:-1]), dict)
        if before is NOTHING and (body["type"] == "delete" or is_homeless):
            return Verdict("not_found_in_document")
        by_others = [
            entry
            for entry in self.entries[base:version]
            if (entry.user_id, entry.client_id) != (user_id, client_id)
            and are_related(entry.way, way)
        ]
        if not by_others or _still_holds(body, before):
            return Verdict()
        if body.get("onConflict") == "reject":
            return Verdict("conflict")
        return Verdict(overwrites=(by_others[-1].version, by_others[-1].user_id))

    def forgets(self, version: int) -> bool:
        """Whether a deleted item stands for more than it was: then a conflict may be told that
        was none (collab/engine/README.md, "What is kept after a delete")."""
        return any(entry.deletes_item for entry in self.entries[:version])


def way_of(body: Body) -> Way:
    """The names on the way to an operation's place, below the document's id."""
    return tuple(str(body["path"]).split(".")[1:])


def as_sent(body: Body) -> Body:
    """An operation with the default said."""
    return {"onConflict": "overwrite", **body}


def are_related(left: Way, right: Way) -> bool:
    """Whether two places are the same, or one lies above the other."""
    shorter = min(len(left), len(right))
    return left[:shorter] == right[:shorter]


def read(content: Any, way: Sequence[str]) -> Any:
    """What is at a place, or `NOTHING`."""
    for name in way:
        if not isinstance(content, dict) or name not in content:
            return NOTHING
        content = content[name]
    return content


def write(content: Body, body: Body) -> None:
    """Do to a content what an operation does. Raises KeyError where it does not fit."""
    *way, name = way_of(body)
    place = content
    for step in way:
        place = place[step]
    if body["type"] == "delete":
        del place[name]
    else:
        place[name] = deepcopy(body["newValue"])


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same; true is not 1."""
    if left is NOTHING or right is NOTHING:
        return left is right
    return _text(left) == _text(right)


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _still_holds(body: Body, before: Any) -> bool:
    if "oldValue" not in body:
        return False
    return same(body["oldValue"], None if before is NOTHING else before)
