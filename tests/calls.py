"""What the store was asked, seen at botocore's own event hooks: calls are counted, not mocked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from prework import aws
from prework.dynamo import connection
from prework.outbox.delivery import THREAD_NAME


@dataclass
class StoreCalls:
    """The calls since the last `clear`, in order."""

    dynamodb: list[str] = field(default_factory=list)
    s3: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def clear(self) -> None:
        self.dynamodb.clear()
        self.s3.clear()
        self.requests.clear()

    def after_sign_in(self) -> list[str]:
        """DynamoDB calls without the one that checked the sign-in."""
        assert self.dynamodb[0] == "BatchGetItem"
        return self.dynamodb[1:]

    def until_written(self, *, signed_in: bool = True) -> tuple[list[str], int]:
        """The calls after the sign-in, up to the one transaction, and its write units."""
        last = self.dynamodb.index("TransactWriteItems")
        assert "TransactWriteItems" not in self.dynamodb[last + 1 :]
        return self.dynamodb[signed_in : last + 1], units(self.requests[last]["body"])


def units(body: bytes) -> int:
    """What a transaction writes to its tables, in write units; what indexes add is not in it.

    An action is 2 units a KB. The size of what is put is known; what is updated, deleted or
    looked at counts as one KB.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    actions = orjson.loads(body)["TransactItems"]
    puts = [action["Put"]["Item"] for action in actions if "Put" in action]
    others = len(actions) - len(puts)
    return 2 * (others + sum(-(-_size(item) // 1024) for item in puts))


def _size(item: dict[str, Any]) -> int:
    """Bytes as the store counts them: names, and values as they are."""
    return sum(len(name) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + _size(content)
    if kind == "L":
        return 3 + sum(1 + _value_size(one) for one in content)
    if kind == "B":  # on the wire in base64
        return len(content) * 3 // 4
    return len(content.encode()) if isinstance(content, str) else 1


@contextmanager
def watching() -> Iterator[StoreCalls]:
    """Watch every call that this process makes to DynamoDB and S3."""
    calls = StoreCalls()

    def dynamodb(model: Any, params: dict[str, Any], **_: Any) -> None:
        if threading.current_thread().name == THREAD_NAME:
            return  # what is sent beside what the test does
        calls.dynamodb.append(model.name)
        calls.requests.append(params)

    def s3(model: Any, **_: Any) -> None:
        calls.s3.append(model.name)

    hooks: list[tuple[Any, str, Any]] = [
        (connection().client.meta.events, "before-call.dynamodb", dynamodb),
        (aws.s3().meta.events, "before-call.s3", s3),
    ]
    for events, name, hook in hooks:
        events.register(name, hook)
    try:
        yield calls
    finally:
        for events, name, hook in hooks:
            events.unregister(name, hook)
