"""One run of a job, from the lease that was taken to what its row then says."""

import logging
import random
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from pynamodb.expressions.update import Action
from structlog.contextvars import bound_contextvars

from prework import clock, metrics
from prework.errors import StorageUnavailable
from prework.jobs import Job, Turn, TurnOver
from prework.scheduling.leases import Lease, here
from prework.scheduling.rows import JobRow, jitter

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
DONE, FAILED, STOPPED, LAPSED = "done", "failed", "stopped", "lapsed"
Show = Callable[[Iterable[object], str], Iterable[object]]
log = structlog.get_logger(__name__)


def show_nothing(things: Iterable[object], what: str) -> Iterable[object]:
    """No progress bar."""
    return things


def run(
    job: Job,
    lease: Lease,
    *,
    failures: int,
    is_stopping: Callable[[], bool],
    show: Show = show_nothing,
) -> str:
    """Do the job, give its lease back, and say what became of it; it never raises.

    `done`, `failed` (logged, and tried again the sooner the fewer `failures` there were before),
    `stopped` (told to), or `lapsed` (the lease was lost).
    """
    turn = Turn(is_over=lambda: lease.is_over or is_stopping(), show=show)
    with bound_contextvars(job=job.name, run_id=lease.run_id):
        log.debug("job_started")
        outcome, error = _attempt(job, turn, lease)
        seconds = round((clock.now() - lease.started_at).total_seconds(), 3)
        failures = {DONE: 0, FAILED: failures + 1}.get(outcome, failures)
        _give_back(lease, _report(job, lease, outcome, error, seconds, failures))
        log.log(_level(outcome), "job_ended", outcome=outcome, seconds=seconds)
        metrics.emit(
            "JobRun",
            1,
            dimensions={"Job": job.name, "Outcome": outcome},
            properties={"RunId": lease.run_id, "Seconds": str(seconds)},
        )
    return outcome


def _attempt(job: Job, turn: Turn, lease: Lease) -> tuple[str, str | None]:
    try:
        job.work(turn)
    except TurnOver:
        return (LAPSED if lease.is_over else STOPPED), None
    except BaseException as error:  # whatever it was: the lease is given back, the others go on
        log.exception("job_failed")
        return FAILED, type(error).__name__
    return DONE, None


def _report(
    job: Job, lease: Lease, outcome: str, error: str | None, seconds: float, failures: int
) -> list[Action]:
    now = clock.now()
    pause = _pause(job.every, outcome, failures, now - lease.started_at)
    return [
        JobRow.run_id.set(lease.run_id),
        JobRow.process.set(here()),
        JobRow.started_at.set(clock.to_text(lease.started_at)),
        JobRow.ended_at.set(clock.to_text(now)),
        JobRow.outcome.set(outcome),
        JobRow.error.set(error) if error else JobRow.error.remove(),
        JobRow.duration_seconds.set(seconds),
        JobRow.failures.set(failures),
        JobRow.due_at.set(clock.to_text(now + pause)),
    ]


def _pause(every: timedelta, outcome: str, failures: int, took: timedelta) -> timedelta:
    """How long until the next run: its rhythm from start to start, sooner after a failure."""
    if outcome == DONE:
        return max(timedelta(), every + random.random() * jitter(every) - took)
    if outcome == FAILED:
        longest = min(every, LONGEST_PAUSE)
        pause = min(longest, FIRST_PAUSE * float(2 ** min(failures - 1, 20)))
        return pause * random.uniform(0.8, 1)
    return timedelta()


def _give_back(lease: Lease, report: list[Action]) -> None:
    try:
        if not lease.end(report):
            log.warning("lease_was_gone")
    except StorageUnavailable:
        log.warning("lease_runs_out")


def _level(outcome: str) -> int:
    return {DONE: logging.DEBUG, FAILED: logging.ERROR}.get(outcome, logging.INFO)
