"""Log entries: one for each committed batch, and their stored form."""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from collab.engine.committed import CommittedOperation, committed_from_row
from collab.engine.values import json_text

# Values, which may be anything, are kept as JSON text; the store would change some of them.
_VALUES = ("oldValue", "newValue", "before", "overwrote")


# Rows are much alike: packed they take a sixth of the space, and so of the write units.
PACKING = 1
_ID = re.compile(rb'"operationId":"([^"\\]+)"')
HISTORY_SECONDS = 7 * 24 * 3600


def expiry_of(timestamp: int) -> int:
    """When an entry of a time in milliseconds is history no more, in epoch seconds."""
    return timestamp // 1000 + HISTORY_SECONDS


@dataclass(frozen=True, slots=True)
class LogEntry:
    """The operations of one transaction, in order, at one time (milliseconds).

    `rows` are their rows as JSON, where these were made already.
    """

    operations: Sequence[CommittedOperation]
    timestamp: int
    rows: Sequence[bytes] = field(default=(), compare=False)

    @property
    def first_version(self) -> int:
        """The version of its first operation."""
        return self.operations[0].version

    @property
    def last_version(self) -> int:
        """The version of its last operation, and of the document after it."""
        return self.operations[-1].version

    @property
    def operation_id(self) -> str:
        """The id of its first operation, which with the timestamp makes its key."""
        return self.operations[0].operation.operation_id

    def to_text(self) -> str:
        """The entry as JSON, for another process."""
        return f'{{"timestamp":{self.timestamp},"rows":{self._rows_text().decode()}}}'

    def _rows_text(self) -> bytes:
        rows = self.rows or [orjson.dumps(one.to_row()) for one in self.operations]
        return b"[" + b",".join(rows) + b"]"

    def to_record(self) -> dict[str, Any]:
        """The entry as plain attributes; a single operation's are its own, as in the guide."""
        record: dict[str, Any] = {
            "operationId": self.operation_id,
            "firstVersion": self.first_version,
            "lastVersion": self.last_version,
            "timestamp": self.timestamp,
        }
        if len(self.operations) > 1:
            return record | {"operations": zlib.compress(self._rows_text(), PACKING)}
        row = self.operations[0].to_row()
        texts = {name: json_text(row[name]) for name in _VALUES if name in row}
        return row | record | texts


def entry_from_text(text: str) -> LogEntry:
    """Read back what `to_text` wrote."""
    raw = orjson.loads(text)
    return _entry(raw["rows"], raw["timestamp"])


def entry_from_record(record: dict[str, Any]) -> LogEntry:
    """Read back what `to_record` wrote (numbers may come as the store's own kind)."""
    timestamp = int(record["timestamp"])
    packed = record.get("operations")
    rows = [_single_row(record)] if packed is None else orjson.loads(zlib.decompress(packed))
    return _entry(rows, timestamp)


def ids_in(record: dict[str, Any]) -> set[str]:
    """The ids of an entry's operations, found in its text: a fraction of reading it whole."""
    packed = record.get("operations")
    if packed is None:
        return {record["operationId"]}
    return {found.decode() for found in _ID.findall(zlib.decompress(packed))}


def _entry(rows: Iterable[dict[str, Any]], timestamp: int) -> LogEntry:
    return LogEntry([committed_from_row(row, timestamp) for row in rows], timestamp)


def _single_row(record: dict[str, Any]) -> dict[str, Any]:
    values = {name: orjson.loads(record[name]) for name in _VALUES if name in record}
    numbers = {name: int(record[name]) for name in ("version", "baseVersion")}
    return {**record, **values, **numbers}
