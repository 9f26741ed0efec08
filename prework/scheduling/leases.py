"""A job is one process's at a time: taken, kept by a thread of its own, given back.

No two clocks are compared. Who waits takes a job over when its row has not moved for a whole
lease on the waiting process's own clock; who holds it stops `MARGIN` of a lease sooner, counted
on its own clock from before its last renewal was sent. A process that was suspended finds its
time over at its next look, and never believes again in a lease that was over once.
"""

import os
import socket
import threading
import time
from collections.abc import Sequence

import structlog
from django.conf import settings
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from prework import clock, ids, ledger
from prework.errors import StorageUnavailable
from prework.scheduling.rows import JOBS, JobRow

MARGIN = 0.25  # of a lease, for a step that is under way when it ends
RENEWALS = 5  # in a lease
log = structlog.get_logger(__name__)


def here() -> str:
    """This process, as people name it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def renewal_seconds() -> float:
    """How often a lease is renewed, and how often those who wait look."""
    return float(settings.JOBS_LEASE_SECONDS) / RENEWALS


class Lease:
    """This process's hold on a job, while it is renewed."""

    def __init__(self, name: str, run_id: str, version: int, sent: float) -> None:
        self.name = name
        self.run_id = run_id
        self.started_at = clock.now()
        self._version = version
        self._is_lost = False
        self._is_ended = threading.Event()
        self._extend(sent)
        self._keeper = threading.Thread(target=self._keep, name=f"lease {name}", daemon=True)
        self._keeper.start()

    @property
    def is_over(self) -> bool:
        """Whether another process may have the job by now."""
        if time.monotonic() >= self._until:
            self._is_lost = True
        return self._is_lost

    def end(self, actions: Sequence[Action]) -> bool:
        """Give the job back, with what became of it; `False` if it was not ours any more.

        Raises `StorageUnavailable`: then it is free when the lease has run out.
        """
        self._is_ended.set()
        self._keeper.join()
        free = [JobRow.held_by.remove(), JobRow.holder.remove(), JobRow.held_since.remove()]
        return self._write([*free, *actions])

    def _keep(self) -> None:
        while not self._is_ended.wait(renewal_seconds()):
            try:
                self._renew()
            except StorageUnavailable:
                log.info("lease_renewed_later", job=self.name)
            except Exception:  # whatever it was, the lease runs out if it stays so
                log.exception("lease_not_renewed", job=self.name)
            if self.is_over:
                log.warning("lease_lost", job=self.name, run_id=self.run_id)
                return

    def _renew(self) -> None:
        sent = time.monotonic()
        if not self._write([]):
            self._is_lost = True
        elif not self.is_over:
            self._extend(sent)

    def _write(self, actions: Sequence[Action]) -> bool:
        self._version += 1
        return _change(
            self.name,
            [JobRow.version.set(self._version), *actions],
            JobRow.held_by == self.run_id,
        )

    def _extend(self, sent: float) -> None:
        self._until = sent + settings.JOBS_LEASE_SECONDS * (1 - MARGIN)


def take(name: str, seen: JobRow | None) -> Lease | None:
    """Take a job whose row is still as it was seen; `None` if another process was faster.

    Raises `StorageUnavailable`: whether it was taken is unknown, and if so it runs out.
    """
    run_id = ids.new_id()
    version = 1 if seen is None else int(seen.version) + 1
    is_as_seen = (
        JobRow.pk.does_not_exist() if seen is None else JobRow.version == int(seen.version)
    )
    sent = time.monotonic()
    taken = _change(
        name,
        [JobRow.kind.set(JobRow.__name__), JobRow.version.set(version), *_hold(run_id)],
        is_as_seen | (JobRow.held_by == run_id),
    )
    return Lease(name, run_id, version, sent) if taken else None


def _hold(run_id: str) -> list[Action]:
    now = clock.to_text(clock.now())
    return [JobRow.held_by.set(run_id), JobRow.holder.set(here()), JobRow.held_since.set(now)]


def _change(name: str, actions: list[Action], condition: Condition) -> bool:
    """Repeated when an answer is lost: nobody else's row fulfils the condition the second time."""
    changed = ledger.change(JobRow, JOBS, name, actions, condition, is_repeatable=True)
    return changed is not None


class Watch:
    """What this process has seen of the jobs that others hold."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}

    def has_run_out(self, row: JobRow) -> bool:
        """Whether this row, just read, has stood still for a whole lease."""
        now = time.monotonic()
        version, since = self._seen.get(row.sk, (-1, now))
        if version != row.version:
            version, since = int(row.version), now
        self._seen[row.sk] = version, since
        return bool(now - since >= settings.JOBS_LEASE_SECONDS)
