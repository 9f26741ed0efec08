"""The servers that live, as they tell of themselves: each has an item, and adds up its activity.

| question | key in sessions | function |
|---|---|---|
| which servers live, and how busy | `PLATFORM#PROCESSES` / `<process id>` | `live_processes` |

They tell every `METRICS_SECONDS`, from a thread of their own, and once more when they stop: no
request and no event loop waits for it, and a store that does not answer breaks nothing.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.conf import settings
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from prework import activity, clock, ids, ledger, tables
from prework.dynamo import Item, each
from prework.errors import StorageUnavailable
from prework.tenancy import PLATFORM, key
from prework.wiring import resolve

LIVE_RHYTHMS, KEPT_RHYTHMS = 2.5, 10
END_SECONDS = 5.0  # that a server which stops waits for its last figures to be stored
PROCESSES = key(PLATFORM, "PROCESSES")
log = structlog.get_logger(__name__)


class ServerProcess(Item, table=tables.SESSIONS):
    """A server that lives, and how much is open there."""

    host = UnicodeAttribute()
    pid = NumberAttribute()
    release = UnicodeAttribute()
    started_at = UnicodeAttribute()
    seen_at = UnicodeAttribute()
    documents = NumberAttribute()
    sockets = NumberAttribute()
    expires_at = NumberAttribute()


class Levels(NamedTuple):
    """How much is open now."""

    documents: int
    sockets: int


@dataclass(frozen=True)
class LiveProcess:
    """A server that was heard of lately."""

    process_id: str
    host: str
    pid: int
    release: str
    started_at: datetime
    seen_at: datetime
    documents: int
    sockets: int


def live_processes() -> list[LiveProcess]:
    """The servers that were heard of lately, the one that runs longest first; one Query."""
    lately = clock.now() - timedelta(seconds=LIVE_RHYTHMS * settings.METRICS_SECONDS)
    since = clock.to_text(lately)
    return [_shown(one) for one in each(ServerProcess, PROCESSES) if one.seen_at > since]


def totals(processes: Iterable[LiveProcess]) -> Levels:
    """How much is open in all of these; a document that two have open counts twice."""
    levels = [(one.documents, one.sockets) for one in processes]
    return Levels(sum(documents for documents, _ in levels), sum(sockets for _, sockets in levels))


class Teller:
    """Tells the store of this process."""

    def __init__(self) -> None:
        self.process_id = ids.new_id()
        self._started_at = clock.to_text(clock.now())

    def tell(self) -> None:
        """Add up what was counted, and say that the process lives."""
        _guarded(activity.here.add_up)
        _guarded(self._stay)

    def leave(self) -> None:
        """Add up what was counted, and say that the process is no more."""
        _guarded(activity.here.add_up)
        _guarded(self._go)

    def tell_until(self, is_over: threading.Event) -> None:
        """Tell now and again, and leave in the end."""
        self.tell()
        while not is_over.wait(settings.METRICS_SECONDS):
            self.tell()
        self.leave()

    def _stay(self) -> None:
        levels: Levels = resolve(settings.PROCESS_LEVELS)()
        now = clock.now()
        expires = now + timedelta(seconds=KEPT_RHYTHMS * settings.METRICS_SECONDS)
        process = ServerProcess(
            PROCESSES,
            self.process_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            release=settings.RELEASE,
            started_at=self._started_at,
            seen_at=clock.to_text(now),
            documents=levels.documents,
            sockets=levels.sockets,
            expires_at=clock.to_epoch(expires),
        )
        ledger.put(process)

    def _go(self) -> None:
        ledger.take(ServerProcess, PROCESSES, self.process_id)


@contextmanager
def telling() -> Iterator[None]:
    """Tell of this process while it serves, and what is left in the end."""
    is_over = threading.Event()
    thread = threading.Thread(
        target=Teller().tell_until, args=(is_over,), name="processes", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(END_SECONDS)


def _guarded(tell: Callable[[], None]) -> None:
    try:
        tell()
    except StorageUnavailable:
        log.info("told_later")
    except Exception:  # whatever it was, it stops neither the server nor the next telling
        log.exception("not_told")


def _shown(stored: ServerProcess) -> LiveProcess:
    return LiveProcess(
        process_id=stored.sk,
        host=stored.host,
        pid=int(stored.pid),
        release=stored.release,
        started_at=clock.from_text(stored.started_at),
        seen_at=clock.from_text(stored.seen_at),
        documents=int(stored.documents),
        sockets=int(stored.sockets),
    )
