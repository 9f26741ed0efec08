"""How much of one document's operations comes in, and how much of it may wait.

What goes beyond is refused at once: nothing piles up in memory, and its sender knows when to
come back. The limits are settings, for each process.
"""

from collections.abc import Iterable

from django.conf import settings

from collab.engine.allowance import Allowance
from collab.engine.operations import Operation
from collab.engine.refusals import Code, Refused
from collab.engine.submissions import Submission
from collab.engine.values import json_size

WAITING_SECONDS = 1.0  # after so long it is worth asking again whether fewer wait
OPERATION_OVERHEAD = 256  # bytes, beside its values


class Intake:
    """The way in to one document."""

    def __init__(self) -> None:
        self.is_closed = False  # the server stops
        self.count = 0
        self.bytes = 0
        # Read once: Django's settings take a microsecond each time.
        self._most = settings.DOCUMENT_WAITING
        self._most_bytes = settings.DOCUMENT_WAITING_BYTES
        self._rate = Allowance(burst=settings.DOCUMENT_BURST, per_second=settings.DOCUMENT_RATE)

    def refusal(self, submission: Submission) -> Refused | None:
        """Take an operation in, until `give_back`; or say why it cannot be taken now."""
        if self.is_closed:
            detail = "the server restarts; send the operation again unchanged"
            return Refused(Code.STORAGE_UNAVAILABLE, detail)
        submission.size = _size_of(submission.operation)
        if self.count >= self._most:
            return _too_many(f"{self._most} operations")
        if self.bytes + submission.size > self._most_bytes:
            return _too_many(f"{self._most_bytes} bytes")
        if not self._rate.takes():
            return self._too_fast()
        self.count += 1
        self.bytes += submission.size
        return None

    def give_back(self, submissions: Iterable[Submission]) -> None:
        """These wait no more."""
        for submission in submissions:
            self.count -= 1
            self.bytes -= submission.size

    def _too_fast(self) -> Refused:
        seconds = self._rate.seconds_until()
        detail = (
            f"a document takes {self._rate.per_second:g} operations a second, and "
            f"{self._rate.burst} at once: send it again in {seconds} s"
        )
        return Refused(Code.RATE_LIMITED, detail, retry_after=seconds)


def _too_many(limit: str) -> Refused:
    detail = f"{limit} of this document may wait, and do: send it again in {WAITING_SECONDS:g} s"
    return Refused(Code.RATE_LIMITED, detail, retry_after=WAITING_SECONDS)


def _size_of(operation: Operation) -> int:
    values = json_size(operation.old_value) + json_size(operation.new_value)
    return OPERATION_OVERHEAD + values
