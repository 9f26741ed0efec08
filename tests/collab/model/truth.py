"""The truth about a document: what is in the store, read past the engine."""

import zlib
from typing import Any

import orjson

from collab.models import STATE, DocumentRef, OperationBatch, State, document_key, log_key
from prework.dynamo import each, find
from tests.collab.model.contract import NOTHING, Body, Entry, History

NAMES = {
    "operationId": "operation_id",
    "version": "version",
    "userId": "user_id",
    "clientId": "client_id",
    "type": "type",
    "path": "path",
    "baseVersion": "base_version",
    "onConflict": "on_conflict",
}
TEXTS = {
    "oldValue": "old_value",
    "newValue": "new_value",
    "before": "before",
    "overwrote": "overwrote",
}


class Truth:
    """The log of a document, as far as it was looked at."""

    def __init__(self, ref: DocumentRef, content: Body) -> None:
        self.ref = ref
        self.history = History(content)

    def look(self) -> History:
        """The history up to now: the order of the keys is the order of the versions."""
        rows = [row for item in each(OperationBatch, log_key(self.ref)) for row in _rows(item)]
        versions = [int(row["version"]) for row in rows]
        assert versions == list(range(1, len(rows) + 1)), versions
        for row in rows[self.history.version :]:
            self.history.add(_entry(row))
        return self.history

    def state(self) -> State:
        """Where the document is."""
        state = find(State, document_key(self.ref), STATE)
        assert state is not None
        return state


def _rows(item: OperationBatch) -> list[dict[str, Any]]:
    if item.operations:
        rows: list[dict[str, Any]] = orjson.loads(zlib.decompress(item.operations))
        return rows
    single = {name: getattr(item, attribute) for name, attribute in NAMES.items()}
    texts = {name: getattr(item, attribute) for name, attribute in TEXTS.items()}
    return [single | {name: orjson.loads(text) for name, text in texts.items() if text}]


def _entry(row: dict[str, Any]) -> Entry:
    overwrote = row.get("overwrote")
    names = ("operationId", "type", "path", "onConflict", "oldValue", "newValue")
    return Entry(
        version=int(row["version"]),
        user_id=row["userId"],
        client_id=row["clientId"],
        body={name: row[name] for name in names if name in row}
        | {"baseVersion": int(row["baseVersion"])},
        before=row.get("before", NOTHING),
        overwrote=(overwrote[0], overwrote[1]) if overwrote else None,
    )
