"""A batch on its way to the store, and those who wait for what becomes of it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from collab.engine.batch import Batch
from collab.engine.commits import Commit, commit
from collab.engine.local_copy import LocalCopy
from collab.engine.outcomes import Outcome
from collab.engine.submissions import Delivery, Submission
from prework import clock
from prework.errors import Stale
from prework.threads import begin_in_thread


@dataclass(eq=False)
class Attempt:
    """Submissions that were settled together, and the transaction that is to store them."""

    commit: Commit
    deliveries: list[Delivery]
    taken: Sequence[Submission]
    began: float
    storing: asyncio.Future[None] | None

    async def is_stored(self) -> bool:
        """Wait for the store; False if the document is not where the batch was settled.

        Raises `StorageUnavailable` when the outcome is not known.
        """
        if self.storing is not None:
            try:
                await self.storing
            except Stale:
                return False
        return True

    @property
    def milliseconds(self) -> float:
        """How long ago it was sent on its way."""
        return (perf_counter() - self.began) * 1000

    def abandon(self) -> None:
        """Nobody waits for it any more, whatever becomes of it."""
        if self.storing is not None:
            self.storing.add_done_callback(lambda done: done.cancelled() or done.exception())


def attempt(copy: LocalCopy, taken: Sequence[Submission], turn: str | None) -> Attempt:
    """Settle as many of these as fit into one batch, and send it on its way to the store."""
    batch = Batch(copy.current, copy.recent, now_ms=_now())
    deliveries = list(_settled(batch, taken))
    work = _work(copy, batch, turn)
    storing = begin_in_thread(commit, work) if batch.operations else None
    return Attempt(work, deliveries, taken[: len(deliveries)], perf_counter(), storing)


def _work(copy: LocalCopy, batch: Batch, turn: str | None) -> Commit:
    folded = copy.folded
    if folded is None:
        is_whole = batch.is_light and copy.unfolded_since is None
    else:
        is_whole = batch.is_light and folded.through == batch.base_version
    return Commit(copy.ref, copy.body_id, copy.epoch, batch, is_whole, folded, turn)


def _settled(batch: Batch, taken: Sequence[Submission]) -> Iterator[Delivery]:
    for submission in taken:
        outcome = _outcome(batch, submission)
        if outcome is None:
            return
        yield Delivery(outcome, submission, submission.origin)


def _outcome(batch: Batch, submission: Submission) -> Outcome | None:
    if submission.refused is not None:
        return batch.refuse(submission.operation, submission.refused)
    return batch.settle(submission.operation, submission.author, submission.first)


def _now() -> int:
    return round(clock.now().timestamp() * 1000)
