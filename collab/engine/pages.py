"""A page of a document's log, found in a few reads, wherever in the log it is.

The keys of the log sort by time, and times rise with versions. So the place of a version is looked
for as in a dictionary: open it about there, and see whether one is before or behind. Reading from
the end would make it cost the whole log to come to its beginning, and the square of it to page it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from collab.engine.committed import CommittedOperation
from collab.engine.loader import operations_of
from collab.engine.log import HISTORY_SECONDS
from collab.engine.timestamps import timestamp_text
from collab.models import DocumentRef, OperationBatch, log_key
from prework import clock
from prework.dynamo import each
from prework.tenancy import key

OF_A_PLACE = ["firstVersion", "lastVersion", "timestamp", "expiresAt"]


class Place(NamedTuple):
    """Where in a log: what is later than this time (milliseconds) comes after this version."""

    version: int
    at: int
    width: int = 1  # operations in one entry there


def read_page(
    ref: DocumentRef, since: int, limit: int, newest: Place
) -> list[CommittedOperation] | None:
    """Up to so many operations after a version, in order; None if they are not kept any more.

    `newest` is where the document is; `since` is before that.
    """
    oldest = _oldest(ref)
    if oldest is None or oldest.version > since:
        return None
    start = _nearest(ref, since, limit, oldest, newest)
    page: list[CommittedOperation] = []
    for row in _rows(ref, start.at, page_size=limit // start.width + 1):
        page += [one for one in operations_of(row) if one.version > since]
        if len(page) >= limit:
            break
    return page[:limit] if page and page[0].version == since + 1 else None


def _oldest(ref: DocumentRef) -> Place | None:
    """Where the history begins. What has expired is no part of it, deleted or not."""
    now = clock.to_epoch(clock.now())
    for row in _rows(ref, (now - HISTORY_SECONDS) * 1000 - 1, page_size=1, is_whole=False):
        if not row.expires_at or row.expires_at > now:
            return _before(row)
    return None


def _nearest(ref: DocumentRef, since: int, limit: int, low: Place, high: Place) -> Place:
    """A place at a version or less than a page before it."""
    turn = 0
    while since - low.version >= limit and high.at - low.at > 1:
        at = _guess(since, low, high, is_middle=turn % 2 == 1)
        row = next(_rows(ref, at, page_size=1, is_whole=False), None)
        found = high if row is None else Place(int(row.first_version) - 1, at)
        if found.version <= since:
            low = found if row is None else _before(row)
        else:
            high = Place(found.version, at)
        turn += 1
    return low


def _guess(since: int, low: Place, high: Place, *, is_middle: bool) -> int:
    """A time between two places: where the version should be if all came at one pace, or half.

    The half, every other time, keeps it to a few steps whatever the pace was.
    """
    if is_middle:
        return (low.at + high.at) // 2
    share = (since - low.version) / max(high.version - low.version, 1)
    return min(max(low.at + int(share * (high.at - low.at)), low.at + 1), high.at - 1)


def _before(row: OperationBatch) -> Place:
    width = int(row.last_version) - int(row.first_version) + 1
    return Place(int(row.first_version) - 1, int(row.timestamp) - 1, width)


def _rows(
    ref: DocumentRef, after: int, *, page_size: int, is_whole: bool = True
) -> Iterator[OperationBatch]:
    """The entries that are later than a time, oldest first."""
    later = OperationBatch.sk > key("TIMESTAMP", timestamp_text(after + 1))
    names = None if is_whole else OF_A_PLACE
    return each(OperationBatch, log_key(ref), sort=later, page_size=page_size, attributes=names)
