"""Who is at work: servers that told of themselves, and processes that do the jobs."""

import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings

from prework import clock, processes
from prework.doctor.findings import Finding, fail, ok, warn
from prework.scheduling.leases import renewal_seconds
from prework.scheduling.rows import JobState, list_job_runs, load_rows

LATE = timedelta(minutes=1)
LONG = timedelta(hours=1)  # at one run; its lease is renewed also where it hangs
HIRE = "Start `python manage.py jobs`, or the server with PREWORK_JOBS=inside."


def check_servers() -> Iterator[Finding]:
    """Whether servers tell that they live, and all run the release that runs here."""
    live = processes.live_processes()
    if not live:
        yield warn(
            "servers",
            "None has told of itself lately.",
            "Start one; if one runs, it uses other tables (PREWORK_TABLE_PREFIX, AWS_REGION).",
        )
        return
    others = sorted({one.release for one in live} - {settings.RELEASE})
    if others:
        yield warn(
            "servers",
            f"{', '.join(others)} runs beside {settings.RELEASE}, which is here.",
            "Bring all processes to one release (PREWORK_RELEASE).",
        )
    else:
        yield ok("servers", f"{len(live)} of release {settings.RELEASE}.")


def check_jobs() -> Iterator[Finding]:
    """Whether somebody does the jobs in time, and they succeed."""
    states = list_job_runs()
    left = [one.name for one in states if _is_late(one)]
    left += _abandoned([one.name for one in states if one.running_on])
    if left:
        yield fail("jobs", f"Nobody is at {', '.join(sorted(left))}.", HIRE)
    long = [one for one in states if _is_at_it_long(one) and one.name not in left]
    for one in long:
        yield warn(
            "jobs",
            f"{one.running_on} is at {one.name} since {clock.as_text(one.running_since)}.",
            "If it does not get on, end that process: another takes the job.",
        )
    failing = [one for one in states if one.failures]
    for one in failing:
        yield warn(
            "jobs",
            f"{one.name} failed {one.failures} times: {one.error}, last on {one.process}.",
            f"Look for run_id={one.run_id} in its log.",
        )
    if not left and not failing and not long:
        yield ok("jobs", f"All {len(states)} are done in time.")


def _is_late(one: JobState) -> bool:
    if one.running_on:
        return False
    return one.next_at is None or one.next_at < clock.now() - LATE


def _is_at_it_long(one: JobState) -> bool:
    since = one.running_since
    return since is not None and clock.now() - since > max(LONG, one.every)


def _abandoned(names: list[str]) -> list[str]:
    """Those whose leases nobody renews; it is waited for, while there are such."""
    seen = {name: row.version for name, row in load_rows().items() if name in names}
    deadline = time.monotonic() + 3 * renewal_seconds()
    while seen and time.monotonic() < deadline:
        time.sleep(renewal_seconds() / 4)
        rows = load_rows()
        seen = {name: seen[name] for name in seen if rows[name].version == seen[name]}
    return list(seen)
