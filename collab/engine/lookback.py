"""Operations based on what is no more in mind: whether they came before is looked for in the log.

It is read beside the document's queue, so that nobody waits for it but who sent them. What the
same writer sends after them waits with them, and all go back to their places in the queue: a
writer's operations keep their order.
"""

import asyncio
from bisect import insort
from collections.abc import Callable

import structlog

from collab.engine.loader import Found, search_log
from collab.engine.local_copy import LocalCopy
from collab.engine.marks import Author
from collab.engine.operations import Operation
from collab.engine.outcomes import Outcome, rejected
from collab.engine.refusals import Code, Refused
from collab.engine.repeats import judge_repeat
from collab.engine.rules import current_value
from collab.engine.stage import Stage
from collab.engine.submissions import Submission
from collab.engine.values import ABSENT, Value
from prework.errors import StorageUnavailable
from prework.threads import in_thread

log = structlog.get_logger(__name__)
Answered = Callable[[Submission, Outcome], None]


class LookBack:
    """What of one document's operations is looked for, one search at a time."""

    def __init__(
        self, copy: LocalCopy, *, is_new: Callable[[Submission], None], answer: Answered
    ) -> None:
        self._copy = copy
        self._is_new = is_new
        self._answer = answer
        self._waiting: list[Submission] = []
        self._looked_for: list[Submission] = []
        self._numbers: dict[Author, list[int]] = {}  # of each author's, in order
        self.task: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is looked for."""
        return bool(self._numbers)

    def takes(self, submission: Submission) -> bool:
        """Look for this one, if need be; it comes back when it is known to be new."""
        is_known = self._copy.recent.covers(submission.looked_through)
        if is_known and not (self._numbers and self._is_after_another(submission)):
            return False
        self._waiting.append(submission)
        insort(self._numbers.setdefault(submission.author, []), submission.number)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._run())
        return True

    def _is_after_another(self, submission: Submission) -> bool:
        numbers = self._numbers.get(submission.author)
        return numbers is not None and numbers[0] < submission.number

    def give_up(self) -> list[Submission]:
        """Look no more; those that were looked for."""
        if self.task is not None:
            self.task.cancel()
        unanswered = [*self._looked_for, *self._waiting]
        self._waiting, self._looked_for = [], []
        self._numbers.clear()
        return unanswered

    async def _run(self) -> None:
        while self._waiting:
            self._looked_for, self._waiting = self._waiting, []
            ids = {one.operation.operation_id for one in self._looked_for}
            since = min(one.looked_through for one in self._looked_for)
            try:
                found = await in_thread(search_log, self._copy.ref, ids, since)
            except StorageUnavailable:
                found = None
            except Exception:
                log.exception("looking_back_failed", entity_id=self._copy.ref.entity_id)
                found = None
            self._settle(found)

    def _settle(self, found: Found | None) -> None:
        looked_for, self._looked_for = self._looked_for, []
        for submission in looked_for:
            self._let_go(submission)
            outcome = self._outcome(submission, found)
            if outcome is None:
                self._is_new(submission)
            else:
                self._answer(submission, outcome)

    def _let_go(self, submission: Submission) -> None:
        numbers = self._numbers[submission.author]
        numbers.remove(submission.number)
        if not numbers:
            del self._numbers[submission.author]

    def _outcome(self, submission: Submission, found: Found | None) -> Outcome | None:
        """What becomes of it; None if it is new, as far as the log is in the store now."""
        operation = submission.operation
        try:
            if found is None:
                raise Refused(Code.STORAGE_UNAVAILABLE, "the store does not answer; send it again")
            first = found.operations.get(operation.operation_id)
            if first is not None and first.version > self._copy.version:
                # Not told here yet: the queue will meet it, and tell what is before it first.
                submission.looked_through = self._copy.version
                return None
            if first is not None:
                return judge_repeat(operation, submission.author.user_id, first)
            if found.is_empty or submission.looked_through < found.since:
                detail = "it is based on a version that is too old: read the document again"
                raise Refused(Code.HISTORY_EXPIRED, detail)
        except Refused as refused:
            refused.operation_id = operation.operation_id
            return rejected(refused, version=self._copy.version, current=self._current(operation))
        submission.looked_through = max(submission.looked_through, found.through)
        return None

    def _current(self, operation: Operation) -> Value:
        replica = self._copy.replica
        return ABSENT if replica is None else current_value(Stage(replica), operation.path)
