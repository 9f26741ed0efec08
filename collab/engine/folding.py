"""When the nodes of a document are brought up to its log, which is ahead while it is busy."""

import asyncio
from collections import deque

import structlog

from collab.engine.bodies import Fold, fold, let_expire
from collab.engine.loader import read_state
from collab.engine.local_copy import LocalCopy, unfolded_since
from prework.errors import NotFound, Stale, StorageUnavailable
from prework.threads import in_thread

log = structlog.get_logger(__name__)
OWN_SECONDS = 5.0
# Another process that left it so is given time to do it; a dead one never will.
FOREIGN_SECONDS = 15.0


class Folding:
    """Looks after one document: after a while it folds, as long as there is something to fold."""

    def __init__(self, copy: LocalCopy) -> None:
        self._copy = copy
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None
        self._unexpiring: deque[tuple[int, int]] = deque()  # folded, and still kept for good

    @property
    def is_pending(self) -> bool:
        """Whether the document is needed in memory to be folded."""
        return self._timer is not None or self._running is not None

    def soon(self) -> None:
        """This process has committed what is to be folded."""
        self._schedule(OWN_SECONDS, None)

    def unless_done(self) -> None:
        """Another process has; see to it if that one does not."""
        self._schedule(FOREIGN_SECONDS, self._copy.unfolded_since)

    def _schedule(self, seconds: float, known: int | None) -> None:
        is_wanted = self._copy.unfolded_since is not None or self._unexpiring
        if is_wanted and not self.is_pending:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self._start, known)

    def _start(self, known: int | None) -> None:
        self._timer = None
        self._running = asyncio.get_running_loop().create_task(self._run(known))

    async def _run(self, known: int | None) -> None:
        try:
            await self._fold(known)
            await self._let_expire()
        except (NotFound, StorageUnavailable):
            log.info("folding_later", entity_id=self._copy.ref.entity_id)
        except Exception:
            log.exception("folding_failed", entity_id=self._copy.ref.entity_id)
        self._running = None
        if self._copy.replica is not None:
            self.unless_done()

    async def _let_expire(self) -> None:
        while self._unexpiring:
            await in_thread(let_expire, self._copy.ref, *self._unexpiring[0])
            self._unexpiring.popleft()

    async def _fold(self, known: int | None) -> None:
        if known is not None:
            await self._look()
        work = self._work()
        if work is None or (known is not None and work.since != known):
            return
        replica = self._copy.current
        try:
            await in_thread(fold, work)
        except Stale:
            return await self._look()
        for name in work.dropped:
            replica.dropped.pop(name, None)
        self._note(work)

    def _note(self, work: Fold) -> None:
        copy = self._copy
        self._unexpiring.append((work.since, work.version))
        if copy.unfolded_since == work.since:
            is_further = copy.replica is not None and copy.replica.version > work.version
            copy.unfolded_since = work.version if is_further else None

    async def _look(self) -> None:
        """Another process folds this document too: how far is it."""
        state = await in_thread(read_state, self._copy.ref)
        self._copy.unfolded_since = unfolded_since(state)

    def _work(self) -> Fold | None:
        copy = self._copy
        replica, since = copy.replica, copy.unfolded_since
        if replica is None or since is None:
            return None
        nodes = [node for node in replica.nodes.values() if node.version > since]
        version, dropped = replica.version, list(replica.dropped)
        return Fold(copy.ref, copy.body_id, since, version, nodes, dropped)
