"""Jobs of a test's own, and runs of them."""

from collections.abc import Callable
from datetime import timedelta

from prework.ids import new_id
from prework.jobs import Job, Turn
from prework.scheduling.leases import Lease, take
from prework.scheduling.rows import JobRow, load_rows
from prework.scheduling.runs import run

HOUR = timedelta(hours=1)


def a_job(work: Callable[[Turn], None] = lambda turn: None, every: timedelta = HOUR) -> Job:
    """A job that no other test knows."""
    return Job(name=f"job-{new_id()}", every=every, work=work)


def failing(turn: Turn) -> None:
    """What a job does that fails."""
    raise ValueError("with something secret in it")


def taken(job: Job, seen: JobRow | None = None) -> Lease:
    """A lease on a job that nobody else is at."""
    lease = take(job.name, seen)
    assert lease is not None
    return lease


def do(job: Job, *, failures: int = 0) -> str:
    """Run a job once, whatever its row says."""
    lease = taken(job, load_rows().get(job.name))
    return run(job, lease, failures=failures, is_stopping=lambda: False)
