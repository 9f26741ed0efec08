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
from collab.engine.refusals import Code, Refused
from collab.engine.submissions import Submission
from prework.errors import StorageUnavailable
from prework.threads import in_thread

log = structlog.get_logger(__name__)


class LookBack:
    """What of one document's operations is looked for, one search at a time."""

    def __init__(self, copy: LocalCopy, put_back: Callable[[Submission], None]) -> None:
        self._copy = copy
        self._put_back = put_back
        self._waiting: list[Submission] = []
        self._looked_for: list[Submission] = []
        self._numbers: dict[Author, list[int]] = {}  # of each author's, in order
        self.task: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is looked for."""
        return bool(self._numbers)

    def takes(self, submission: Submission) -> bool:
        """Look for this one, if need be; it comes back when it is known what it is."""
        is_decided = submission.first is not None or submission.refused is not None
        is_known = is_decided or self._copy.recent.covers(submission.looked_through)
        if is_known and not (self._numbers and self._is_after_another(submission)):
            return False
        self._waiting.append(submission)
        insort(self._numbers.setdefault(submission.author, []), submission.number)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(
                self._run(), context=self._copy.context
            )
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
            self._note(submission, found)
            self._put_back(submission)

    def _let_go(self, submission: Submission) -> None:
        numbers = self._numbers[submission.author]
        numbers.remove(submission.number)
        if not numbers:
            del self._numbers[submission.author]

    def _note(self, submission: Submission, found: Found | None) -> None:
        """What is known of it now; it is answered in its place in the queue."""
        if found is None:
            detail = "the store does not answer; send the operation again unchanged"
            submission.refused = Refused(Code.STORAGE_UNAVAILABLE, detail)
            return
        first = found.operations.get(submission.operation.operation_id)
        if first is not None and first.version > self._copy.version:
            # Not told here yet: the queue will meet it, and tell what is before it first.
            submission.looked_through = self._copy.version
        elif first is not None:
            submission.first = first
        elif found.is_empty or submission.looked_through < found.since:
            detail = "it is based on a version that is too old: read the document again"
            submission.refused = Refused(Code.HISTORY_EXPIRED, detail)
        else:
            submission.looked_through = max(submission.looked_through, found.through)
