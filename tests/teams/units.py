"""Write units of requests, computed from what was sent, as DynamoDB's documentation counts them.

An item's size is that of its names and values; a write costs a unit a KB begun, in a transaction
two; and for every index that it is in, one a KB begun of what the index has of it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from typing import Any

import orjson

from prework.tables import TABLES
from tests.calls import StoreCalls

KB = 1024


def units_written(calls: StoreCalls) -> int:
    """What the transactions among these calls cost."""
    bodies = [
        orjson.loads(request["body"])
        for name, request in zip(calls.dynamodb, calls.requests, strict=True)
        if name == "TransactWriteItems"
    ]
    return sum(_of(step) for body in bodies for step in body["TransactItems"])


def _of(step: dict[str, Any]) -> int:
    ((kind, write),) = step.items()
    # what is changed in place here is smaller than a KB
    item = write["Item"] if kind == "Put" else {}
    kilobytes = -(-max(1, _size({"M": item}) if item else 1) // KB)
    table = next(table for table in TABLES if table.name == write["TableName"])
    indexes = [one for one in table.indexes if all(name in item for name in one.keys)]
    whole = sum(one.projection == "ALL" for one in indexes)
    return kilobytes * (2 + whole) + len(indexes) - whole


def _size(value: dict[str, Any]) -> int:
    """Of one attribute's value, near enough: names and texts in UTF-8, a number in 21 bytes."""
    ((kind, inner),) = value.items()
    if kind == "S":
        return len(inner.encode())
    if kind == "M":
        return 3 + sum(len(name.encode()) + _size(one) + 1 for name, one in inner.items())
    if kind == "L":
        return 3 + sum(_size(one) + 1 for one in inner)
    return 21 if kind == "N" else len(inner) if kind == "B" else 1
