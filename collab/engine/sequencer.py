"""One document open in this process: operations wait, get their order, are stored, then told.

Everything here runs on one event loop; only reads and commits leave it.
"""

import asyncio
from bisect import bisect
from collections import deque
from collections.abc import Sequence
from itertools import islice
from operator import attrgetter

import structlog

from collab.engine import meters
from collab.engine.attempts import Attempt, attempt
from collab.engine.committed import CommittedOperation
from collab.engine.folding import Folding
from collab.engine.intake import Intake
from collab.engine.loader import search_log
from collab.engine.local_copy import LocalCopy
from collab.engine.lookback import LookBack
from collab.engine.marks import Author
from collab.engine.operations import parse_operation
from collab.engine.outcomes import Rejected, rejected
from collab.engine.refusals import Code, Refused
from collab.engine.replica import Replica
from collab.engine.submissions import Answer, Listener, Submission
from collab.engine.turns import Turns
from collab.models import DocumentRef, State
from prework.errors import NotFound, StorageUnavailable
from prework.tallies import Tally
from prework.threads import in_thread

log = structlog.get_logger(__name__)
SETTLED_AT_ONCE = 1_000
ATTEMPTS = 40  # so often may other processes win before a batch is given up


class Sequencer:
    """The queue of a document's operations, and the copy that they are settled against."""

    def __init__(self, ref: DocumentRef, listener: Listener, tally: Tally | None = None) -> None:
        self.ref = ref
        self.tally = tally or Tally()
        self.copy = LocalCopy(ref, listener)
        self.folding = Folding(self.copy)
        self.turns = Turns(self.copy)
        self.intake = Intake()
        self.lookback = LookBack(self.copy, self._put_back)
        self.pins = 0  # how many reasons there are to keep it in memory
        self._listener = listener
        self._count = 0  # of all that were ever taken in
        self._waiting: deque[Submission] = deque()  # by their numbers
        self._running: list[Attempt] = []  # one, and for a moment the one after it
        self._draining: asyncio.Task[None] | None = None
        self._healing: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it may be dropped from memory."""
        is_healing = self._healing is not None and not self._healing.done()
        is_used = self.pins or self._waiting or is_healing or self.copy.lock.locked()
        return not (is_used or self.lookback.is_busy or self.folding.is_pending)

    @property
    def is_busy(self) -> bool:
        """Whether operations wait for their place."""
        return bool(self._tasks())

    def _tasks(self) -> list[asyncio.Task[None]]:
        tasks = (self._draining, self.lookback.task)
        return [task for task in tasks if task is not None and not task.done()]

    async def opened(self) -> Replica:
        """The replica, loaded if need be. Raises `NotFound`, `StorageUnavailable`."""
        if self.copy.replica is None:
            async with self.copy.held():
                await self.copy.loaded()
            self.folding.unless_done()
        return self.copy.current

    async def refreshed(self) -> Replica:
        """The replica, as new as the store. Raises `NotFound`, `StorageUnavailable`."""
        async with self.copy.held():
            await self.copy.catch_up()
            self.folding.unless_done()
            return self.copy.current

    async def history(self, since: int) -> list[CommittedOperation] | None:
        """What came after a version, up to the newest; None if it is not all kept."""
        replica = await self.opened()
        if since > replica.version:
            await self.refreshed()
        return await self.copy.history(since)

    async def find(self, operation_id: str) -> CommittedOperation | None:
        """The newest operation that was applied under an id, if it is still kept."""
        recent = self.copy.recent.find(operation_id)
        if recent is not None:
            return recent
        found = await in_thread(search_log, self.ref, [operation_id], 0)
        return found.operations.get(operation_id)

    def offer(self, raw: object, author: Author, answer: Answer, origin: object = None) -> None:
        """Take an operation as it came; it is answered when it has its place, or is refused."""
        try:
            operation = parse_operation(raw, self.ref.entity_id)
        except Refused as refused:
            self._reject(answer, rejected(refused, version=self.copy.version))
        else:
            self.submit(Submission(operation, author, answer, origin))

    def submit(self, submission: Submission) -> None:
        """Let an operation wait for its place, or refuse it if there is too much already."""
        refused = self.intake.refusal(submission)
        if refused is not None:
            refused.operation_id = submission.operation.operation_id
            outcome = rejected(refused, version=self.copy.version)
            return self._reject(submission.answer, outcome)
        self._count += 1
        submission.number = self._count
        self._waiting.append(submission)
        self._wake()

    def _put_back(self, submission: Submission) -> None:
        place = bisect(self._waiting, submission.number, key=attrgetter("number"))
        self._waiting.insert(place, submission)
        self._wake()

    def _wake(self) -> None:
        if self._draining is None or self._draining.done():
            self._draining = asyncio.get_running_loop().create_task(
                self._drain(), context=self.copy.context
            )

    def _reject(self, answer: Answer, outcome: Rejected) -> None:
        meters.count_rejected(self.tally, outcome.code)
        answer(outcome)

    async def settled(self) -> None:
        """Wait until nothing waits."""
        while tasks := self._tasks():
            await asyncio.wait(tasks)

    def follow(self, operations: Sequence[CommittedOperation], epoch: str) -> None:
        """Another process has committed these; what does not fit here is read from the store."""
        replica, last = self.copy.replica, operations[-1].version
        if replica is not None and last <= replica.version:
            return
        is_next = replica is not None and operations[0].version <= replica.version + 1
        if is_next and epoch == self.copy.epoch and not self.copy.lock.locked():
            try:
                return self.copy.absorb(operations)
            except StorageUnavailable:
                log.info("following_later", entity_id=self.ref.entity_id)
        self.heal(last)

    def heal(self, version: int) -> None:
        """Catch up in the background, if the store is further than this copy."""
        replica = self.copy.replica
        is_behind = replica is None or replica.version < version
        if is_behind and (self._healing is None or self._healing.done()):
            self._healing = asyncio.get_running_loop().create_task(
                self._heal(version), context=self.copy.context
            )

    def meet(self, state: State) -> None:
        """The store is at this state: catch up, if this copy is not."""
        version, epoch = int(state.version), state.epoch
        is_other = self.copy.replica is not None and self.copy.epoch != epoch
        if is_other and not self.copy.lock.locked():
            self.copy.drop()
        self.heal(version)
        if not (self.copy.unfolded_since or self.copy.is_unexpiring):
            self.copy.note_marks(state)
        self.folding.unless_done()

    async def _heal(self, version: int) -> None:
        try:
            async with self.copy.held():
                replica = await self.copy.loaded()
                if replica.version < version:
                    await self.copy.catch_up()
                    self.tally.count(meters.HEALS)
        except NotFound:
            self.copy.drop()
            self._listener.lost(self.ref, is_gone=True)
        except StorageUnavailable:
            log.info("healing_later", entity_id=self.ref.entity_id)

    async def _drain(self) -> None:
        while self._waiting:
            try:
                async with self.copy.held():
                    await self._commit_waiting()
            except NotFound as gone:
                self.give_up(gone)
                self._listener.lost(self.ref, is_gone=True)
            except StorageUnavailable:
                self.give_up()
            except Exception:  # whatever it was, whether it is stored is not known
                log.exception("commit_failed", entity_id=self.ref.entity_id)
                self.give_up()

    async def _commit_waiting(self) -> None:
        """Commit batch after batch, until nothing waits or somebody else wants the copy.

        When one is stored, the next is sent on its way before the first is told, in one step of
        the loop: telling takes no time between two transactions.
        """
        running: Attempt | None = await self._begin()
        lost = 0
        while running is not None and lost < ATTEMPTS:
            is_stored = await running.is_stored()
            if not is_stored:
                self.tally.count(meters.LOST_RACES)
                lost += 1
                await self.turns.after_losing(lost)
            if running not in self._running:  # given up meanwhile
                return
            if is_stored:
                following = self._advance(running)
                self._tell(running)
                running, lost = following, 0
            else:
                self._waiting.extendleft(reversed(running.taken))
                self._running.remove(running)
                running = await self._begin()
        if running is not None:
            raise StorageUnavailable

    async def _begin(self) -> Attempt:
        """Settle what waits, and send it on its way; what has to be known for it is read first."""
        replica = await self.copy.loaded()
        # What comes while the store is read is not settled yet: it may be based on other versions.
        count = min(len(self._waiting), SETTLED_AT_ONCE)
        if self._newest_base(count) > replica.version:
            await self.copy.catch_up()
        return self._attempt(count)

    def _newest_base(self, count: int) -> int:
        """The newest version that any of the next so many is based on."""
        next_ones = islice(self._waiting, count)
        return max((submission.operation.base_version for submission in next_ones), default=0)

    def _advance(self, stored: Attempt) -> Attempt | None:
        """Move the replica, and begin with what waits if that can be done at once."""
        stored.commit.batch.advance()
        if stored.storing is not None:
            self.tally.measure(meters.COMMIT_LATENCY, stored.milliseconds)
            self.turns.taken()
            self.copy.note_commit(stored.commit)
            self.folding.soon()
        if not self._waiting or self.copy.is_wanted or self.copy.replica is None:
            return None
        is_known = self._newest_base(SETTLED_AT_ONCE) <= self.copy.replica.version
        return self._attempt(SETTLED_AT_ONCE) if is_known else None

    def _attempt(self, count: int) -> Attempt:
        next_ones = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
        taken = rest = [one for one in next_ones if not self.lookback.takes(one)]
        try:
            begun = attempt(self.copy, taken, self.turns.token)
            rest = taken[len(begun.taken) :]
        finally:
            self._waiting.extendleft(reversed(rest))
        self._running.append(begun)
        return begun

    def _tell(self, stored: Attempt) -> None:
        batch = stored.commit.batch
        self.copy.tell(stored.deliveries)
        self._running.remove(stored)
        self.intake.give_back(stored.taken)
        meters.count_batch(self.tally, batch.operations, stored.deliveries)
        if batch.operations:
            self._listener.publish(self.ref, self.copy.epoch, batch.entry)

    def give_up(self, gone: NotFound | None = None) -> None:
        """Refuse all that waits: the store does not answer, or the document is no more."""
        self.copy.drop()
        for running in self._running:
            running.abandon()
        running_ones = (one for running in self._running for one in running.taken)
        unanswered = [*running_ones, *self.lookback.give_up(), *self._waiting]
        self._running.clear()
        self._waiting.clear()
        self.intake.give_back(unanswered)
        for submission in unanswered:
            if gone is None:
                self._reject(submission.answer, _unavailable(submission, self.copy.version))
            else:
                submission.answer(gone)


def _unavailable(submission: Submission, version: int) -> Rejected:
    detail = "the store does not answer; send the operation again unchanged"
    operation_id = submission.operation.operation_id
    return Rejected(Code.STORAGE_UNAVAILABLE, detail, operation_id, version, retry=True)
