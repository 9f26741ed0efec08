"""Operations sent again: found among those committed after their base version."""

from collections import deque
from itertools import islice

from collab.engine.committed import CommittedOperation
from collab.engine.limits import RECENT_BYTES, RECENT_OPERATIONS
from collab.engine.operations import Operation
from collab.engine.outcomes import Applied
from collab.engine.refusals import Code, LogGap, Refused


def judge_repeat(operation: Operation, user_id: str, first: CommittedOperation) -> Applied:
    """The answer to one that repeats the committed one of the same id.

    Raises `Refused` if it only took its id.
    """
    if first.author.user_id == user_id and operation.has_body_of(first.operation):
        return Applied(first, is_duplicate=True)
    detail = f"another operation was applied under this operationId, in version {first.version}"
    raise Refused(Code.OPERATION_ID_REUSED, detail)


class RecentOperations:
    """The newest committed operations of a document, without a gap, bounded in number and bytes.

    All operations above `floor` are here, so an operation based on `floor` or above that is not
    found is new. For one based below, the log between its base and `floor` must be read.
    """

    def __init__(
        self, floor: int, *, limit: int = RECENT_OPERATIONS, max_bytes: int = RECENT_BYTES
    ) -> None:
        self.floor = floor
        self._limit = limit
        self._max_bytes = max_bytes
        self._operations: deque[tuple[CommittedOperation, int]] = deque()
        self._by_id: dict[str, CommittedOperation] = {}
        self._bytes = 0
        self._dropped_bytes = 0  # of the newest that is no more here

    @property
    def newest(self) -> int:
        """The version of the newest operation, or `floor`."""
        return self.floor + len(self._operations)

    @property
    def bytes(self) -> int:
        """What these take in a log."""
        return self._bytes

    def covers(self, version: int) -> bool:
        """Whether everything after a version is here."""
        return version >= self.floor

    def outweighs(self, size: int, version: int) -> bool:
        """Whether more than so many bytes came after a version, as far as it is known here."""
        return not self.covers(version) and self._bytes + self._dropped_bytes > size

    def find(self, operation_id: str) -> CommittedOperation | None:
        """The operation that was committed under this id, if it is among these."""
        return self._by_id.get(operation_id)

    def since(self, version: int) -> list[CommittedOperation]:
        """The operations after a version that `covers` said yes to, in order."""
        start = max(version - self.floor, 0)
        return [committed for committed, _ in islice(self._operations, start, None)]

    def add(self, committed: CommittedOperation, size: int | None = None) -> None:
        """Take in the next operation, of this many bytes; what is known already is left alone."""
        if committed.version <= self.newest:
            return
        if committed.version != self.newest + 1:
            raise LogGap(f"{self.newest + 1} is missing before {committed.version}")
        if size is None:
            size = committed.size
        self._operations.append((committed, size))
        self._by_id[committed.operation.operation_id] = committed
        self._bytes += size
        while len(self._operations) > self._limit or self._bytes > self._max_bytes:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        committed, size = self._operations.popleft()
        self._bytes -= size
        self._dropped_bytes = size
        self.floor = committed.version
        operation_id = committed.operation.operation_id
        if self._by_id.get(operation_id) is committed:
            del self._by_id[operation_id]
