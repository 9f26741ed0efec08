"""When the nodes of a document are brought up to its log, which is ahead while it is busy."""

import asyncio

import structlog

from collab.engine.bodies import Fold, Folded, fold, let_expire, note_folded
from collab.engine.loader import read_state
from collab.engine.local_copy import LocalCopy
from prework.errors import NotFound, Stale, StorageUnavailable
from prework.threads import in_thread

log = structlog.get_logger(__name__)
OWN_SECONDS = 5.0
# Another process that left it so is given time to do it; a dead one never will.
FOREIGN_SECONDS = 15.0
BUSY_ROUNDS = 60  # after so many, the log of a document that is never quiet may expire in part
Seen = tuple[int | None, int]  # how far the nodes and the document were when the timer was set


class Folding:
    """Looks after one document: after a while it folds, as long as there is something to fold."""

    def __init__(self, copy: LocalCopy) -> None:
        self._copy = copy
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None
        self._rounds = 0

    @property
    def is_pending(self) -> bool:
        """Whether the document is needed in memory to be folded."""
        return self._timer is not None or self._running is not None

    def soon(self) -> None:
        """This process has committed; see to it if there is something to be folded."""
        self._schedule(OWN_SECONDS, is_own=True)

    def unless_done(self) -> None:
        """Another process has, if anybody; see to it if that one does not."""
        self._schedule(FOREIGN_SECONDS, is_own=False)

    def _schedule(self, seconds: float, *, is_own: bool) -> None:
        copy = self._copy
        is_wanted = copy.unfolded_since is not None or copy.is_unexpiring
        if is_wanted and not self.is_pending:
            seen = copy.unfolded_since, copy.version
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self._start, seen, is_own)

    def _start(self, seen: Seen, is_own: bool) -> None:
        self._timer = None
        self._running = asyncio.get_running_loop().create_task(
            self._run(seen, is_own), context=self._copy.context
        )

    async def _run(self, seen: Seen, is_own: bool) -> None:
        try:
            await self._do(seen, is_own)
        except (NotFound, StorageUnavailable):
            log.info("folding_later", entity_id=self._copy.ref.entity_id)
        except Exception:
            log.exception("folding_failed", entity_id=self._copy.ref.entity_id)
        self._running = None
        if self._copy.replica is not None:
            self._schedule(OWN_SECONDS if is_own else FOREIGN_SECONDS, is_own=is_own)

    async def _do(self, seen: Seen, is_own: bool) -> None:
        unfolded_since, version = seen
        await self._look()
        if is_own or self._copy.unfolded_since == unfolded_since:
            is_busy = is_own and self._copy.version != version
            try:
                await self._fold(is_busy=is_busy)
            except Stale:
                await self._look()
        self._rounds += 1
        is_due = self._copy.unfolded_since is None or self._rounds % BUSY_ROUNDS == 0
        if self._copy.is_unexpiring and is_due:
            await self._let_expire()

    async def _fold(self, *, is_busy: bool) -> None:
        """Fold, and leave it to the next commit to say so; unless it is quiet, or none came."""
        copy = self._copy
        folded, work = copy.folded, self._work()
        if folded is None and work is not None:
            await self._bring_up(work)
            folded = copy.folded = work.folded
            if is_busy:
                return
        if folded is not None:
            await in_thread(note_folded, copy.ref, folded)
            self._note(folded)

    async def _bring_up(self, work: Fold) -> None:
        replica = self._copy.current
        await in_thread(fold, work)
        for name in work.dropped:
            replica.dropped.pop(name, None)

    def _work(self) -> Fold | None:
        copy = self._copy
        replica, since = copy.replica, copy.unfolded_since
        if replica is None or since is None or replica.version < since:
            return None
        nodes = [node for node in replica.nodes.values() if node.version > since]
        version, dropped = replica.version, list(replica.dropped)
        return Fold(copy.ref, copy.body_id, since, version, nodes, dropped)

    def _note(self, folded: Folded) -> None:
        copy = self._copy
        if copy.unfolded_since == folded.since:
            is_further = copy.replica is not None and copy.replica.version > folded.through
            copy.unfolded_since = folded.through if is_further else None

    async def _let_expire(self) -> None:
        self._copy.is_unexpiring = False  # a commit that comes meanwhile says it anew
        try:
            await in_thread(let_expire, self._copy.ref)
        except BaseException:
            self._copy.is_unexpiring = True
            raise

    async def _look(self) -> None:
        """Another process may fold this document too: how far is it."""
        self._copy.note_marks(await in_thread(read_state, self._copy.ref))
