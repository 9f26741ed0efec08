"""What the store was asked, seen at botocore's own event hooks: calls are counted, not mocked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

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
