"""Faults of the store, put in at botocore's own event hooks, on the wire's two sides.

They spare the threads of the outbox, which may still be at what a test did before; but where the
test is about these.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Event, Lock, current_thread
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError

from prework.dynamo import connection
from prework.outbox.delivery import THREAD_NAME

PATIENCE_SECONDS = 10


class _Raw(BytesIO):
    """The body of an answer that we make up."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()


def answer(status: int, body: str) -> AWSResponse:
    """An answer of DynamoDB's that no local engine gives."""
    headers = HTTPHeaders()
    headers["content-type"] = "application/x-amz-json-1.0"
    return AWSResponse("http://dynamodb", status, headers, _Raw(body.encode()))


CONFLICT = (
    '{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",'
    '"message":"Transaction cancelled","CancellationReasons":[{"Code":"TransactionConflict"}]}'
)
IN_A_TRANSACTION = (
    '{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException",'
    '"message":"Transaction is ongoing for the item"}'
)
THROTTLED = (
    '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",'
    '"message":"slow down"}'
)


@contextmanager
def answering_first(operation: str, response: AWSResponse, times: int) -> Iterator[list[str]]:
    """Answer the first calls of an operation with this; then let the store answer."""
    seen: list[str] = []

    def hook(request: Any, **_: Any) -> AWSResponse | None:
        seen.append(operation)
        return response if len(seen) <= times else None

    with hooked(f"before-send.dynamodb.{operation}", hook):
        yield seen


@contextmanager
def losing_answers(operation: str, times: int) -> Iterator[list[str]]:
    """Let the store do its work, and lose its answer on the way back."""
    seen: list[str] = []
    session = connection().client._endpoint.http_session

    def hook(request: Any, **_: Any) -> None:
        seen.append(operation)
        if len(seen) <= times:
            session.send(request)
            raise ConnectionClosedError(endpoint_url=request.url)

    with hooked(f"before-send.dynamodb.{operation}", hook):
        yield seen


@contextmanager
def one_at_a_time() -> Iterator[list[str]]:
    """Refuse a transaction that comes while another is under way, as DynamoDB does where they
    meet at an item; each refusal is noted.
    """
    refused: list[str] = []
    session, is_under_way = connection().client._endpoint.http_session, Lock()

    def hook(request: Any, **_: Any) -> Any:
        if not is_under_way.acquire(blocking=False):
            refused.append("TransactionConflict")
            return answer(400, CONFLICT)
        try:
            return session.send(request)
        finally:
            is_under_way.release()

    with hooked("before-send.dynamodb.TransactWriteItems", hook):
        yield refused


@contextmanager
def holding(
    operation: str, *, after: int = 0, in_outbox: bool = False
) -> Iterator[tuple[Event, Event]]:
    """Hold a call of an operation, the first after so many others, until it is let go.

    One event says that it is held, one lets it go.
    """
    is_held, release = Event(), Event()
    others = iter(range(after))

    def hook(**_: Any) -> None:
        if not is_held.is_set() and next(others, None) is None:
            is_held.set()
            release.wait(PATIENCE_SECONDS)

    with hooked(f"before-send.dynamodb.{operation}", hook, in_outbox=in_outbox):
        yield is_held, release


@contextmanager
def hooked(name: str, hook: Any, *, in_outbox: bool = False) -> Iterator[None]:
    """Listen at one of botocore's event hooks; what the hook returns stands for the answer."""
    events = connection().client.meta.events

    def listen(**given: Any) -> Any:
        is_outbox = current_thread().name == THREAD_NAME
        return None if is_outbox and not in_outbox else hook(**given)

    events.register(name, listen)
    try:
        yield
    finally:
        events.unregister(name, listen)


@contextmanager
def raising(operation: str, error: Exception, *, in_outbox: bool = False) -> Iterator[None]:
    """Fail every call of an operation before it is sent."""

    def hook(**_: Any) -> None:
        raise error

    with hooked(f"before-send.dynamodb.{operation}", hook, in_outbox=in_outbox):
        yield
