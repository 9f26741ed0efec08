"""What is known of each job: who is at it, how its last run went, when the next is due.

| question | key in sessions | function |
|---|---|---|
| how it stands with the jobs | `PLATFORM#JOBS` / `<name>` | `list_job_runs` |

One item a job is its lease, too: every write moves its `version`, and who takes the job does so
on the condition that the version is the one that was read.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import AttributeDeserializationError

from prework import clock, tables
from prework.dynamo import Item, each_raw
from prework.jobs import Job
from prework.tenancy import PLATFORM, key
from prework.wiring import wired

JOBS = key(PLATFORM, "JOBS")
log = structlog.get_logger(__name__)


class JobRow(Item, table=tables.SESSIONS):
    """A job: who is at it now, and what became of its last run."""

    version = NumberAttribute(default=0)
    held_by = UnicodeAttribute(null=True)  # the run that is at it
    holder = UnicodeAttribute(null=True)  # and the process of that run
    held_since = UnicodeAttribute(null=True)
    run_id = UnicodeAttribute(null=True)  # the last run that ended
    process = UnicodeAttribute(null=True)
    started_at = UnicodeAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)
    outcome = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    duration_seconds = NumberAttribute(null=True)
    failures = NumberAttribute(default=0)  # since it last succeeded
    due_at = UnicodeAttribute(null=True)

    @property
    def is_held(self) -> bool:
        """Whether a run is at it, or died at it."""
        return self.held_by is not None

    def is_due(self, every: timedelta) -> bool:
        """Whether it is time. A time farther off than it can be comes of a clock that was wrong,
        or of a rhythm that is another by now: then it is time, too.
        """
        due = _moment(self.due_at)
        return due is None or not timedelta() < due - clock.now() <= farthest(every)

    @property
    def seconds_left(self) -> float | None:
        """In how many seconds it is due, if the row says so and nobody is at it."""
        due = None if self.is_held else _moment(self.due_at)
        return None if due is None else (due - clock.now()).total_seconds()


@dataclass(frozen=True, kw_only=True)
class JobState:
    """How it stands with a job. What is `None` has not been yet."""

    name: str
    every: timedelta
    running_since: datetime | None = None
    running_on: str | None = None  # `<host>:<process number>`
    run_id: str | None = None  # of the last run that ended, as the next six
    process: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None  # `done`, `failed`, `stopped`, `lapsed`
    error: str | None = None  # the kind of failure; the log has the rest, by the run's id
    duration_seconds: float | None = None
    failures: int = 0  # since it last succeeded
    next_at: datetime | None = None


def list_job_runs() -> list[JobState]:
    """How it stands with every job of the setting `JOBS`, in its order; one Query.

    Raises `StorageUnavailable`.
    """
    rows = load_rows()
    return [_state(job, rows.get(job.name)) for job in known_jobs()]


def known_jobs() -> list[Job]:
    """The jobs that the setting `JOBS` names. Raises `ValueError` if two have one name."""
    named: list[Any] = wired("JOBS")
    jobs = [job for job in named if isinstance(job, Job)]
    if len({job.name for job in jobs}) != len(named):
        raise ValueError("JOBS names something that is no job, or two jobs of one name.")
    return jobs


def load_rows() -> dict[str, JobRow]:
    """The rows that there are, by the job's name. One that was spoilt stops no other job."""
    rows = {}
    for raw in each_raw(JobRow, JOBS):
        try:
            row = JobRow.from_raw_data(raw)
        except AttributeDeserializationError:
            log.error("job_row_not_read", job=raw["SK"]["S"])
        else:
            rows[row.sk] = row
    return rows


def farthest(every: timedelta) -> timedelta:
    """How far off the next run of a job can be: its rhythm, and what chance adds."""
    return every + jitter(every)


def jitter(every: timedelta) -> timedelta:
    """How much later than its rhythm a job may be due, so that not all are at once."""
    return min(every / 10, timedelta(minutes=1))


def _state(job: Job, row: JobRow | None) -> JobState:
    if row is None:
        return JobState(name=job.name, every=job.every)
    return JobState(
        name=job.name,
        every=job.every,
        running_since=_moment(row.held_since) if row.is_held else None,
        running_on=row.holder if row.is_held else None,
        run_id=row.run_id,
        process=row.process,
        started_at=_moment(row.started_at),
        ended_at=_moment(row.ended_at),
        outcome=row.outcome,
        error=row.error,
        duration_seconds=None if row.duration_seconds is None else float(row.duration_seconds),
        failures=int(row.failures),
        next_at=_moment(row.due_at),
    )


def _moment(text: str | None) -> datetime | None:
    """The moment in a text; of one that is no time, none."""
    try:
        return None if text is None else clock.from_text(text)
    except (ValueError, OverflowError):
        return None
