"""What can go wrong with one store call, the one that is run within."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from prework.dynamo import connection
from tests import faults

DOWN = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")
COMMIT = "TransactWriteItems"
WRITES = (COMMIT, "UpdateItem", "BatchWriteItem")
READS = ("GetItem", "Query", "BatchGetItem")
FOR_GOOD = 1_000


class Network:
    """The way to the store, on which a request may be taken for lost, and arrive after all."""

    def __init__(self) -> None:
        self.under_way: list[Any] = []

    def arrive(self) -> None:
        """Let the store have the oldest of them; nobody waits for what it says."""
        connection().client._endpoint.http_session.send(self.under_way.pop(0))

    def fault(self, kind: str) -> AbstractContextManager[object]:
        """Whatever the store is asked within meets this."""
        made: dict[str, Callable[[], AbstractContextManager[object]]] = {
            "": nullcontext,
            "conflict": lambda: _answered(faults.CONFLICT, 1),
            "conflicts": lambda: _answered(faults.CONFLICT, FOR_GOOD),
            "throttled": lambda: _answered(faults.THROTTLED, 1),
            "not sent": lambda: _each(faults.raising(name, DOWN) for name in WRITES),
            "answer lost": lambda: faults.losing_answers(COMMIT, 1),
            "answers lost": lambda: _each(
                faults.losing_answers(name, FOR_GOOD) for name in WRITES
            ),
            "answer lost, token known": _answer_lost_token_known,
            "arrives late": self._arrives_late,
            "reads fail": lambda: _each(faults.raising(name, DOWN) for name in READS),
        }
        return made[kind]()

    @contextmanager
    def _arrives_late(self) -> Iterator[None]:
        """The first attempt stays somewhere on the way; the others get nowhere."""
        attempts: list[Any] = []

        def hook(request: Any, **_: Any) -> None:
            attempts.append(request)
            raise ConnectionClosedError(endpoint_url=request.url)

        with _hooked(hook):
            yield
        self.under_way += attempts[:1]


FAULTS = (
    "conflict",
    "conflicts",
    "throttled",
    "not sent",
    "answer lost",
    "answers lost",
    "answer lost, token known",
    "arrives late",
    "reads fail",
)


def _answered(body: str, times: int) -> AbstractContextManager[object]:
    return faults.answering_first(COMMIT, faults.answer(400, body), times)


@contextmanager
def _answer_lost_token_known() -> Iterator[None]:
    """As the real store does: what comes again under a token is answered as it was."""
    session = connection().client._endpoint.http_session
    answers: list[Any] = []

    def hook(request: Any, **_: Any) -> Any:
        if answers:
            return answers[0]
        answers.append(session.send(request))
        raise ConnectionClosedError(endpoint_url=request.url)

    with _hooked(hook):
        yield


@contextmanager
def _each(several: Iterable[AbstractContextManager[object]]) -> Iterator[None]:
    with ExitStack() as stack:
        for one in several:
            stack.enter_context(one)
        yield


@contextmanager
def _hooked(hook: Any) -> Iterator[None]:
    with faults.hooked(f"before-send.dynamodb.{COMMIT}", hook):
        yield
