"""A batch on its way to the store, and those who wait for what becomes of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from collab.engine.batch import Batch
from collab.engine.commits import Commit, commit
from collab.engine.committed import CommittedOperation
from collab.engine.local_copy import LocalCopy
from collab.engine.outcomes import Outcome
from collab.engine.refusals import Code, Refused
from collab.engine.repeats import find_repeat
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


def attempt(
    copy: LocalCopy,
    taken: Sequence[Submission],
    older: Sequence[CommittedOperation],
    turn: str | None,
) -> Attempt:
    """Settle as many of these as fit into one batch, and send it on its way to the store."""
    batch = Batch(copy.current, copy.recent, now_ms=_now())
    deliveries = _settle(batch, taken, older, copy.recent.floor)
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


def _settle(
    batch: Batch,
    taken: Sequence[Submission],
    older: Sequence[CommittedOperation],
    recent_floor: int,
) -> list[Delivery]:
    floor = older[0].version - 1 if older else recent_floor
    deliveries: list[Delivery] = []
    for submission in taken:
        outcome = _judge(batch, submission, older, floor)
        if outcome is None:
            break
        deliveries.append(Delivery(outcome, submission, submission.origin))
    return deliveries


def _judge(
    batch: Batch, submission: Submission, older: Sequence[CommittedOperation], floor: int
) -> Outcome | None:
    operation = submission.operation
    if operation.base_version < floor:
        detail = f"operations up to version {floor} are not kept any more: read the document again"
        return batch.refuse(operation, Refused(Code.HISTORY_EXPIRED, detail))
    try:
        repeat = find_repeat(operation, submission.author.user_id, older) if older else None
    except Refused as reused:
        return batch.refuse(operation, reused)
    return repeat or batch.settle(operation, submission.author)


def _now() -> int:
    return round(clock.now().timestamp() * 1000)
