"""What passes between the engine and those who use it: submissions in, deliveries out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from collab.engine.committed import CommittedOperation
from collab.engine.log import LogEntry
from collab.engine.marks import Author
from collab.engine.operations import Operation
from collab.engine.outcomes import Outcome
from collab.engine.refusals import Refused
from collab.models import DocumentRef
from prework.errors import NotFound

Answer = Callable[[Outcome | NotFound], None]


@dataclass(eq=False, slots=True)
class Submission:
    """An operation that waits, from whom, whom to answer, and the socket it came by, if any.

    `number` is its place among all that came to the document; `size` is what it counts for, in
    bytes, among those that wait; up to `looked_through`, a version, it is known not to be a
    repeat of another. If it is one of an old operation it is of `first`; `refused` says why it
    cannot be known.
    """

    operation: Operation
    author: Author
    answer: Answer
    origin: object = None
    number: int = 0
    size: int = 0
    looked_through: int = field(init=False)
    first: CommittedOperation | None = None
    refused: Refused | None = None

    def __post_init__(self) -> None:
        # What it repeats would have come after what it is based on.
        self.looked_through = self.operation.base_version


class Delivery(NamedTuple):
    """One step of the order: what came of it, by which submission, and who need not be told."""

    outcome: Outcome
    submission: Submission | None = None
    origin: object = None


class Listener(Protocol):
    """Who is told what happens to open documents, on the engine's loop, and answers."""

    def deliver(self, ref: DocumentRef, deliveries: Sequence[Delivery]) -> None:
        """These came to be, in this order, in which also the submissions are to be answered."""

    def publish(self, ref: DocumentRef, epoch: str, entry: LogEntry) -> None:
        """This process has committed something: tell the others."""

    def lost(self, ref: DocumentRef, *, is_gone: bool) -> None:
        """It is archived, or goes on under another epoch: nobody can watch it as it was."""


def answer(deliveries: Sequence[Delivery]) -> None:
    """Answer those who submitted, where nobody watches."""
    for delivery in deliveries:
        if delivery.submission is not None:
            delivery.submission.answer(delivery.outcome)


class Unheard:
    """The listener of an engine that nobody watches: submissions are answered, and that is all."""

    def deliver(self, ref: DocumentRef, deliveries: Sequence[Delivery]) -> None:
        answer(deliveries)

    def publish(self, ref: DocumentRef, epoch: str, entry: LogEntry) -> None:
        """There is nobody."""

    def lost(self, ref: DocumentRef, *, is_gone: bool) -> None:
        """There is nobody."""
