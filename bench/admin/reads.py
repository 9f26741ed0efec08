"""What a page reads: DynamoDB's calls, its read units, and how long it waits for them.

Embedded AWS tells no true units, so they are computed from the items that came back: 4 KB each,
half a unit where the read is not consistent. Nothing here filters, so what came is what was read.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any

from prework.dynamo import connection

BLOCK = 4096
READS = ("Query", "GetItem", "BatchGetItem")


@dataclass
class Reads:
    """The reads since it began, and the writes beside them (a look leaves an audit entry)."""

    reads: int = 0
    writes: int = 0
    units: float = 0.0
    seconds: float = 0.0
    _asked: dict[str, Any] | None = None
    _asked_at: float = 0.0

    def begin(self, params: dict[str, Any], **_: Any) -> None:
        """A call is made. (botocore: `provide-client-params`)"""
        self._asked, self._asked_at = params, time.perf_counter()

    def end(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        """It is answered. (botocore: `after-call`)"""
        self.seconds += time.perf_counter() - self._asked_at
        if model.name not in READS:
            self.writes += 1
            return
        self.reads += 1
        self.units += _units(model.name, self._asked or {}, parsed)


@contextmanager
def watched() -> Iterator[Reads]:
    """Watch what this process asks of DynamoDB."""
    found = Reads()
    events = connection().client.meta.events
    events.register("provide-client-params.dynamodb", found.begin)
    events.register("after-call.dynamodb", found.end)
    try:
        yield found
    finally:
        events.unregister("provide-client-params.dynamodb", found.begin)
        events.unregister("after-call.dynamodb", found.end)


def _units(operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> float:
    if operation == "Query":
        read = max(1, ceil(sum(map(_size, answer["Items"])) / BLOCK))
        return read * (1.0 if asked.get("ConsistentRead") else 0.5)
    if operation == "GetItem":
        return _blocks(answer.get("Item", {})) * (1.0 if asked.get("ConsistentRead") else 0.5)
    wanted = sum(len(table["Keys"]) for table in asked["RequestItems"].values())
    found = [item for items in answer["Responses"].values() for item in items]
    return sum(map(_blocks, found)) + wanted - len(found)  # ours are all consistent


def _blocks(item: dict[str, Any]) -> int:
    return max(1, ceil(_size(item) / BLOCK))


def _size(item: dict[str, Any]) -> int:
    """Bytes as the store counts them, or nearly: names, and values by their type."""
    return sum(len(name.encode()) + _size_of(value) for name, value in item.items())


def _size_of(value: dict[str, Any]) -> int:
    [(kind, inner)] = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size_of(one) for name, one in inner.items())
    if kind == "L":
        return 3 + sum(1 + _size_of(one) for one in inner)
    if kind == "N":
        return len(inner) // 2 + 1
    if kind == "SS":
        return sum(len(one.encode()) for one in inner)
    return len(inner.encode()) if kind == "S" else len(inner) if kind == "B" else 1
