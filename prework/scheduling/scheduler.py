"""Every job of `JOBS` in its rhythm, with as many processes at it as there are.

Each job is leased by itself: one that is slow keeps no other waiting, and of a process that dies
only the jobs that it was at wait for its leases to run out.
"""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from prework.errors import StorageUnavailable
from prework.jobs import Job
from prework.scheduling.leases import Watch, renewal_seconds, take
from prework.scheduling.rows import JobRow, load_rows
from prework.scheduling.runs import Show, run

LOOK_SECONDS, SHORTEST_SECONDS = 2.0, 0.1
GRACE_SECONDS = 8.0  # for the steps that are under way at the end
log = structlog.get_logger(__name__)


class Scheduler:
    """Runs what is due, each job on a thread of its own, until it is told to stop."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._watch = Watch()
        self._running: dict[str, threading.Thread] = {}
        self._is_stopping = threading.Event()
        self._wake = threading.Event()
        self._looker = threading.Thread(target=self._look_on, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin; it returns at once."""
        self._looker.start()

    def stop(self) -> bool:
        """Take nothing more, let each run end after its step; whether all did, in 8 seconds.

        What is left ends with the process, and its lease runs out.
        """
        self._is_stopping.set()
        self._wake.set()
        deadline = time.monotonic() + GRACE_SECONDS
        self._looker.join(GRACE_SECONDS)  # after it none is begun
        for thread in [*self._running.values()]:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self._running:
            log.warning("jobs_left", jobs=sorted(self._running))
        return not self._running

    def _look_on(self) -> None:
        while not self._is_stopping.is_set():
            pause = LOOK_SECONDS
            try:
                pause = self._look()
            except StorageUnavailable:
                log.info("jobs_looked_for_later")
            except Exception:  # whatever it was, the next look may do better
                log.exception("jobs_not_looked_for")
            self._wake.wait(pause)
            self._wake.clear()

    def _look(self) -> float:
        """Take what is due, and say in how many seconds to look again."""
        rows = load_rows()
        for job in self._jobs:
            if job.name not in self._running and not self._is_stopping.is_set():
                self._consider(job, rows.get(job.name))
        return self._pause(rows)

    def _consider(self, job: Job, row: JobRow | None) -> None:
        if row is not None and not _may_take(job, row, self._watch):
            return
        lease = take(job.name, row)
        if lease is None:
            return
        failures = int(row.failures) if row is not None else 0

        def work() -> None:
            try:
                run(job, lease, failures=failures, is_stopping=self._is_stopping.is_set)
            finally:
                del self._running[job.name]
                self._wake.set()

        thread = threading.Thread(target=work, name=f"job {job.name}", daemon=True)
        self._running[job.name] = thread
        thread.start()

    def _pause(self, rows: dict[str, JobRow]) -> float:
        names = {job.name for job in self._jobs} - {*self._running}
        lefts = [row.seconds_left for name, row in rows.items() if name in names]
        waits = [left for left in lefts if left is not None]
        return max(SHORTEST_SECONDS, min([LOOK_SECONDS, renewal_seconds(), *waits]))


def run_now(
    job: Job, *, is_stopping: Callable[[], bool], show: Show, wait: Callable[[str], None]
) -> str | None:
    """Do a job now, whenever it is due; the outcome, `None` if told to stop before it began.

    While another process is at it this one waits, and says so by `wait`, once.
    Raises `StorageUnavailable`.
    """
    watch = Watch()
    while not is_stopping():
        row = load_rows().get(job.name)
        if row is None or not row.is_held or watch.has_run_out(row):
            lease = take(job.name, row)
            if lease is not None:
                failures = int(row.failures) if row is not None else 0
                return run(job, lease, failures=failures, is_stopping=is_stopping, show=show)
        elif row.holder:
            wait(row.holder)
        time.sleep(min(LOOK_SECONDS, renewal_seconds()))
    return None


def _may_take(job: Job, row: JobRow, watch: Watch) -> bool:
    if not row.is_held:
        return row.is_due(job.every)
    if not watch.has_run_out(row):
        return False
    log.warning("job_taken_over", job=job.name, run_id=row.held_by, holder=row.holder)
    return True
