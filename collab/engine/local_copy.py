"""A document's replica in this process, kept up with the store, and everything up to it told.

The replica moves, and those who watch are told, in one step of the loop, so that whoever looks
between two steps sees a document at one version, and all up to it told.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from collab.engine.bodies import Folded
from collab.engine.commits import Commit
from collab.engine.committed import CommittedOperation
from collab.engine.loader import Loaded, load, read_log, read_state
from collab.engine.outcomes import Applied
from collab.engine.refusals import LogGap, ReplicaDiverged
from collab.engine.repeats import RecentOperations
from collab.engine.replica import Replica
from collab.engine.submissions import Delivery, Listener
from collab.models import DocumentRef, State
from prework import logs
from prework.errors import StorageUnavailable
from prework.threads import in_thread

log = structlog.get_logger(__name__)


class LocalCopy:
    """What this process knows of a document. Whoever moves it holds `lock`."""

    def __init__(self, ref: DocumentRef, listener: Listener) -> None:
        self.ref = ref
        # What goes on for a document is not only for whoever set it going: its log lines say so.
        self.context = logs.context_of(**ref._asdict())
        self.replica: Replica | None = None
        self.recent = RecentOperations(0)
        self.lock = asyncio.Lock()
        self._wanting = 0
        self.body_id = ""
        self.epoch = ""
        self.epoch_version = 0
        self.unfolded_since: int | None = None  # the nodes in the store are at this version
        self.is_unexpiring = False  # and some of the log does not expire
        self.turn: str | None = None  # whose the next commit is, if somebody asked for it
        self._folded: Folded | None = None
        self._listener = listener
        self._modified_by = ""
        self._told: int | None = None

    @property
    def version(self) -> int:
        """The version up to which everything was told."""
        return self._told or 0

    @property
    def current(self) -> Replica:
        """The replica, which has been loaded a moment ago."""
        if self.replica is None:
            raise StorageUnavailable
        return self.replica

    @property
    def modified_by(self) -> str:
        """The user whose operation was the last."""
        last = self.recent.since(self.current.version - 1)
        return last[-1].author.user_id if last else self._modified_by

    @property
    def folded(self) -> Folded | None:
        """What was folded here and the state does not say yet, for the next commit to say."""
        is_so = self._folded is not None and self._folded.since == self.unfolded_since
        return self._folded if is_so else None

    @folded.setter
    def folded(self, folded: Folded) -> None:
        self._folded = folded

    @property
    def bytes(self) -> int:
        """What is kept here: the document, and its recent operations."""
        return self.recent.bytes + (self.replica.weight if self.replica else 0)

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for the lock."""
        return self._wanting > 0

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Have the lock, in turn."""
        self._wanting += 1
        try:
            await self.lock.acquire()
        finally:
            self._wanting -= 1
        try:
            yield
        finally:
            self.lock.release()

    def note_marks(self, state: State) -> None:
        """Know how far the stored nodes are behind the log, and whether a turn is asked for."""
        if self.replica is not None:
            if state.version < self.replica.version:  # read before what was committed here
                return
            self.replica.forget_dropped(state.folded_version)
        self.turn = state.turn
        since = state.unfolded_since
        self.unfolded_since = None if since is None else int(since)
        self.is_unexpiring = state.unexpiring_since is not None

    def note_commit(self, work: Commit) -> None:
        """Know what a commit that was stored has left to be folded."""
        if work.folded is not None:
            self.unfolded_since = work.folded.through
        if work.is_whole:
            self.unfolded_since = None
        else:
            self.is_unexpiring = True
            if self.unfolded_since is None:
                self.unfolded_since = work.batch.base_version

    def drop(self) -> None:
        """Forget the replica; the next use loads it again."""
        self.replica = None

    async def loaded(self) -> Replica:
        """The replica, read from the store if need be; what was missed meanwhile is told."""
        if self.replica is not None:
            return self.replica
        loaded = await in_thread(load, self.ref)
        missed = await self._missed(loaded)
        is_other = self._told is not None and self.epoch != loaded.state.epoch
        self.replica, self.recent = loaded.replica, loaded.recent
        self.body_id, self.epoch = loaded.state.body_id, loaded.state.epoch
        self.epoch_version = int(loaded.state.epoch_version)
        self.note_marks(loaded.state)
        self._modified_by = loaded.state.modified_by
        self._told = loaded.replica.version
        if is_other or missed is None:
            self._listener.lost(self.ref, is_gone=False)
        elif missed:
            self._listener.deliver(self.ref, [Delivery(Applied(one)) for one in missed])
        return loaded.replica

    async def catch_up(self, state: State | None = None) -> None:
        """Take in what other processes have committed; `state`, if it has just been read."""
        if self.replica is None:
            await self.loaded()
            return
        replica = self.replica
        if state is None:
            state = await in_thread(read_state, self.ref)
        self.note_marks(state)
        if state.epoch != self.epoch:
            self.drop()
            await self.loaded()
        elif state.version > replica.version:
            operations = await in_thread(read_log, self.ref, replica.version)
            self.absorb(operations)

    def absorb(self, operations: Sequence[CommittedOperation]) -> None:
        """Follow the log, and tell it. Raises `StorageUnavailable` where it does not fit."""
        replica = self.current
        new = [committed for committed in operations if committed.version > replica.version]
        try:
            replica.apply(new)
            for committed in new:
                self.recent.add(committed)
        except (LogGap, ReplicaDiverged):
            log.warning("replica_dropped", entity_id=self.ref.entity_id, exc_info=True)
            self.drop()
            raise StorageUnavailable from None
        # One that waits here, sent again, is told as all are: its ack may come after later ones.
        self.tell([Delivery(Applied(one)) for one in new])

    def tell(self, deliveries: Sequence[Delivery]) -> None:
        """Deliver, in the step of the loop in which the replica has moved."""
        self._told = self.current.version
        if deliveries:
            self._listener.deliver(self.ref, deliveries)

    async def history(self, since: int) -> list[CommittedOperation] | None:
        """The operations after a version; None if they are not all kept, or not yet made."""
        if since > self.current.version:
            return None
        if self.recent.covers(since):
            return self.recent.since(since)
        return _all_after(since, await in_thread(read_log, self.ref, since))

    async def _missed(self, loaded: Loaded) -> list[CommittedOperation] | None:
        """What was committed while there was no replica, and those who watch do not know."""
        told, version = self._told, loaded.replica.version
        if told is None or told >= version:
            return []
        if loaded.recent.covers(told):
            return loaded.recent.since(told)
        older = await in_thread(read_log, self.ref, told)
        return _all_after(told, [one for one in older if one.version <= version])


def _all_after(
    since: int, operations: Sequence[CommittedOperation]
) -> list[CommittedOperation] | None:
    is_whole = bool(operations) and operations[0].version <= since + 1
    return [one for one in operations if one.version > since] if is_whole else None
