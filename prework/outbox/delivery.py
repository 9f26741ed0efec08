"""Sending what is in the outbox: at once, beside the request; and what was left, by a job."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import structlog
from django.conf import settings

from prework import logs
from prework.errors import StorageUnavailable
from prework.metrics import log_business_metric
from prework.outbox.rows import (
    SHARDS,
    OutboxRow,
    Undeliverable,
    claim,
    due_rows,
    later,
    put_off,
    remove,
)
from prework.threads import Hands
from prework.wiring import resolve

FAILURES_BORNE = 5  # in a row of one kind, before a run of the job leaves it: all would fail
THREAD_NAME = "outbox"

HANDS = Hands(THREAD_NAME, count=4, most_waiting=1000)  # more stay in the store, for the job
log = structlog.get_logger(__name__)


def deliver_soon(row: OutboxRow) -> None:
    """Have a row sent on a thread beside; when too much is waiting, the job sends it."""
    if not HANDS.take(partial(logs.apart, attempt, row, **logs.names())):
        log.warning("outbox_full")


def deliver_now(what: str, content: dict[str, object]) -> None:
    """Have something done on a thread beside, or by the job; it is stored first."""
    deliver_soon(later(what, content))


def deliver_due(steps: Callable[[Iterable[OutboxRow]], Iterable[OutboxRow]] = iter) -> None:
    """Send all that is due; a kind that fails again and again is left for the next time."""
    failures: Counter[str] = Counter()
    for row in steps(_all_due()):
        if failures[row.what] < FAILURES_BORNE:
            failures[row.what] = 0 if attempt(row) else failures[row.what] + 1


def attempt(row: OutboxRow) -> bool:
    """Send a row, if nobody else does; whether there is nothing against sending the next one.

    It does not raise: the row is in the store still, its lease ends, and another tries.
    """
    try:
        claimed = claim(row)
        return claimed is None or _try(claimed)
    except StorageUnavailable:
        log.info("outbox_later")
    except Exception:
        log.exception("outbox_failed")
    return False


def _try(row: OutboxRow) -> bool:
    try:
        if row.is_too_old:
            raise Undeliverable("too old")
        resolve(settings.OUTBOX[row.what])(row, row.content)
    except Undeliverable as reason:
        log.error("outbox_given_up", row=row.row_id, what=row.what, reason=str(reason))
        log_business_metric("OutboxGivenUp", 1, {"What": row.what})
    except Exception as error:  # its text may name a person: only its kind is logged
        kind = type(error).__name__
        log.warning("outbox_put_off", row=row.row_id, what=row.what, tries=row.tries, error=kind)
        put_off(row)
        return False
    remove(row)
    return True


def _all_due() -> Iterator[OutboxRow]:
    for shard in range(SHARDS):
        yield from due_rows(shard)
