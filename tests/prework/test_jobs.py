"""The scheduler: what is due is run, by one at a time, and what fails is tried again."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import structlog
from botocore.exceptions import EndpointConnectionError
from django.core.management import CommandError, call_command
from pytest_django import Settings

from prework import clock
from prework.dynamo import connection
from prework.errors import StorageUnavailable
from prework.jobs import Job, Turn
from prework.metrics import memory
from prework.scheduling import rows, scheduler
from prework.scheduling.leases import Watch, here, take
from prework.scheduling.rows import JOBS, JobRow, JobState, list_job_runs, load_rows
from prework.scheduling.runs import run
from prework.scheduling.scheduler import Scheduler
from prework.tables import SESSIONS
from tests import faults
from tests.calls import StoreCalls
from tests.prework.conftest import Named, SetClock
from tests.prework.making_jobs import HOUR, a_job, do, failing, taken

DOWN = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")


@contextmanager
def scheduling(*jobs: Job) -> Iterator[Scheduler]:
    """A scheduler at work on these jobs."""
    made = Scheduler(jobs)
    made.start()
    try:
        yield made
    finally:
        assert made.stop()


def until(what: Callable[[], Any]) -> Any:
    """Wait until there is something."""
    deadline = time.monotonic() + 20
    while not (seen := what()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return seen


def test_a_job_is_taken_by_one_of_two_that_saw_it_free(store_calls: StoreCalls) -> None:
    job = a_job()
    lease = taken(job)
    assert take(job.name, None) is None
    assert store_calls.dynamodb == ["UpdateItem", "UpdateItem"]
    assert lease.end([])
    seen = load_rows()[job.name]
    again = taken(job, seen)
    assert take(job.name, seen) is None
    assert again.end([])


def test_a_taking_whose_answer_is_lost_is_repeated() -> None:
    job = a_job()
    with faults.losing_answers("UpdateItem", times=1):
        lease = taken(job)
    assert not lease.is_over
    assert load_rows()[job.name].holder == here()
    assert lease.end([])


def test_a_run_is_told_in_its_row(
    named: Named, set_clock: SetClock, store_calls: StoreCalls
) -> None:
    began = set_clock.moment

    def work(turn: Turn) -> None:
        set_clock.moment += timedelta(seconds=2)

    job = a_job(work)
    named(job)
    assert list_job_runs() == [JobState(name=job.name, every=HOUR)]
    assert do(job) == "done"
    store_calls.clear()
    [state] = list_job_runs()
    assert store_calls.dynamodb == ["Query"]
    assert state.next_at is not None and state.run_id is not None
    assert began + HOUR <= state.next_at <= began + HOUR + timedelta(minutes=1)
    assert state == JobState(
        name=job.name,
        every=HOUR,
        run_id=state.run_id,
        process=here(),
        started_at=began,
        ended_at=began + timedelta(seconds=2),
        outcome="done",
        duration_seconds=2.0,
        next_at=state.next_at,
    )


def test_who_is_at_it_is_told(named: Named, set_clock: SetClock) -> None:
    job = a_job()
    named(job)
    lease = taken(job)
    [state] = list_job_runs()
    assert (state.running_on, state.running_since) == (here(), set_clock.moment)
    lease.end([])
    assert list_job_runs()[0].running_on is None


def test_a_failure_is_logged_counted_and_tried_again_later_each_time(
    named: Named, set_clock: SetClock
) -> None:
    memory.seen.clear()
    job = a_job(failing)
    named(job)
    pauses = []
    for failures in range(12):
        with structlog.testing.capture_logs() as logs:
            assert do(job, failures=failures) == "failed"
        [told] = [one for one in logs if one["event"] == "job_failed"]
        assert told["exc_info"]
        [state] = list_job_runs()
        assert state.next_at is not None
        pauses.append((state.next_at - set_clock.moment).total_seconds())
    assert (state.failures, state.error, state.outcome) == (12, "ValueError", "failed")
    assert 8 <= pauses[0] <= 10
    assert pauses[:8] == sorted(pauses[:8])
    assert max(pauses) <= 3600
    runs = [dict(one.dimensions) for one in memory.seen if one.metric.name == "JobRun"]
    assert runs == [{"Job": job.name, "Outcome": "failed"}] * 12


def test_a_job_that_would_end_the_process_fails_as_any_other(named: Named) -> None:
    def leave(turn: Turn) -> None:
        raise SystemExit(3)

    job = a_job(leave)
    named(job)
    assert do(job) == "failed"
    assert list_job_runs()[0].running_on is None


def test_success_ends_the_count_of_failures(named: Named) -> None:
    job = a_job()
    named(job)
    assert do(job, failures=3) == "done"
    assert list_job_runs()[0].failures == 0


def test_a_job_that_is_told_to_stop_is_due_at_once(named: Named, set_clock: SetClock) -> None:
    job = a_job(lambda turn: turn.check())
    named(job)
    lease = taken(job)
    assert run(job, lease, failures=2, is_stopping=lambda: True) == "stopped"
    [state] = list_job_runs()
    assert (state.next_at, state.failures) == (set_clock.moment, 2)


def test_a_lease_that_cannot_be_renewed_is_over_before_another_may_have_it(
    settings: Settings,
) -> None:
    settings.JOBS_LEASE_SECONDS = 0.4
    job = a_job()
    lease = taken(job)
    with faults.raising("UpdateItem", DOWN):
        watch, seen_at = Watch(), time.monotonic()
        assert lease._until < seen_at + settings.JOBS_LEASE_SECONDS
        until(lambda: watch.has_run_out(load_rows()[job.name]))
    assert lease.is_over
    follower = taken(job, load_rows()[job.name])
    assert not lease.end([JobRow.outcome.set("done")])
    assert not load_rows()[job.name].outcome
    assert follower.end([])


def test_a_lease_is_renewed_as_long_as_it_takes(settings: Settings) -> None:
    settings.JOBS_LEASE_SECONDS = 2
    job = a_job()
    lease = taken(job)
    first = lease._until
    until(lambda: lease._until > first)
    assert load_rows()[job.name].version > 1
    assert not lease.is_over
    assert lease.end([])


def test_a_lease_that_was_over_once_stays_so_though_a_renewal_comes_through(
    settings: Settings,
) -> None:
    settings.JOBS_LEASE_SECONDS = 0.4
    job = a_job()
    lease = taken(job)
    version = load_rows()[job.name].version
    with faults.holding("UpdateItem") as (is_held, release):
        assert is_held.wait(5)
        until(lambda: lease.is_over)
        release.set()
        lease._keeper.join(5)
    assert load_rows()[job.name].version > version
    assert lease.is_over


def test_a_run_whose_lease_was_lost_ends_at_its_next_look(settings: Settings) -> None:
    settings.JOBS_LEASE_SECONDS = 0.4
    steps: list[int] = []

    def work(turn: Turn) -> None:
        for step in turn.steps(range(3)):
            steps.append(step)
            if step == 1:
                with faults.raising("UpdateItem", DOWN):
                    until(lambda: turn.is_over())

    assert do(a_job(work)) == "lapsed"
    assert steps == [0, 1]


def test_the_scheduler_runs_what_is_due_again_and_again() -> None:
    turns: list[str] = []
    often = a_job(lambda turn: turns.append("often"), every=timedelta(seconds=0.05))
    rarely = a_job(lambda turn: turns.append("rarely"))
    with scheduling(often, rarely):
        until(lambda: turns.count("often") >= 3)
    assert turns.count("rarely") == 1


def test_a_restart_neither_runs_all_at_once_nor_forgets(set_clock: SetClock) -> None:
    turns: list[str] = []
    done, due = a_job(lambda turn: turns.append("done")), a_job(lambda turn: turns.append("due"))
    do(due)
    set_clock.moment += timedelta(minutes=50)
    do(done)
    set_clock.moment += timedelta(minutes=20)
    turns.clear()
    with scheduling(done, due):
        until(lambda: turns)
    assert turns == ["due"]


def test_a_job_that_is_no_more_keeps_nobody_awake(set_clock: SetClock) -> None:
    gone, known = a_job(), a_job()
    do(gone)
    set_clock.moment += 2 * HOUR
    do(known)
    assert Scheduler([known])._pause(load_rows()) == scheduler.LOOK_SECONDS
    assert Scheduler([gone])._pause(load_rows()) == scheduler.SHORTEST_SECONDS


def test_a_slow_job_keeps_no_other_waiting() -> None:
    turns: list[int] = []
    is_released = threading.Event()
    slow = a_job(lambda turn: None if is_released.wait(20) else None)
    quick = a_job(turns.append, every=timedelta(seconds=0.05))  # type: ignore[arg-type]
    with scheduling(slow, quick):
        until(lambda: len(turns) >= 3)
        assert load_rows()[slow.name].is_held
        is_released.set()


def test_a_job_that_fails_ends_nothing() -> None:
    turns: list[Turn] = []
    with scheduling(a_job(failing), a_job(turns.append, every=timedelta(seconds=0.05))):
        until(lambda: len(turns) >= 3)


@pytest.mark.parametrize(
    "spoilt",
    [{"dueAt": {"S": "soon"}}, {"dueAt": {"N": "1"}}, {"version": {"S": "x"}}],
    ids=["no time", "no text", "no number"],
)
def test_a_row_that_was_spoilt_stops_no_other_job(spoilt: dict[str, Any]) -> None:
    turns: list[Turn] = []
    odd, job = a_job(), a_job(turns.append)
    where = {"PK": {"S": JOBS}, "SK": {"S": odd.name}}
    item = {**where, "kind": {"S": "JobRow"}, **spoilt}
    store: Any = connection().client
    store.put_item(TableName=SESSIONS.name, Item=item)
    with scheduling(odd, job):
        until(lambda: turns)
    store.delete_item(TableName=SESSIONS.name, Key=where)


def test_an_outage_of_the_store_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "LOOK_SECONDS", 0.05)
    turns: list[Turn] = []
    refused = faults.answer(400, faults.THROTTLED)
    with faults.answering_first("Query", refused, 4), scheduling(a_job(turns.append)):
        until(lambda: turns)


def test_stopping_ends_a_run_after_its_step_and_it_is_due_at_once(named: Named) -> None:
    begun = threading.Event()

    def work(turn: Turn) -> None:
        for _ in turn.steps(range(100_000)):
            begun.set()
            time.sleep(0.01)

    job = a_job(work)
    named(job)
    with scheduling(job):
        assert begun.wait(10)
    [state] = list_job_runs()
    assert state.outcome == "stopped"
    assert state.next_at is not None and state.next_at <= clock.now()


@pytest.mark.parametrize("off_by", [timedelta(days=400), timedelta(days=-1)])
def test_a_time_that_a_wrong_clock_or_another_rhythm_has_left_is_due(
    off_by: timedelta, set_clock: SetClock
) -> None:
    job = a_job()
    right = set_clock.moment
    set_clock.moment += off_by
    do(job)
    set_clock.moment = right
    assert load_rows()[job.name].is_due(HOUR)
    do(job)
    assert not load_rows()[job.name].is_due(HOUR)
    assert load_rows()[job.name].is_due(timedelta(seconds=10))


def test_once_runs_the_one_that_is_named_though_it_is_not_due(named: Named) -> None:
    turns: list[str] = []
    job, other = a_job(lambda turn: turns.append("one")), a_job(lambda turn: turns.append("other"))
    named(job, other)
    do(job)
    said = StringIO()
    call_command("jobs", once=job.name, stdout=said)
    assert (turns, said.getvalue()) == (["one", "one"], f"{job.name}: done\n")


def test_once_runs_all_though_one_fails_and_says_which(named: Named) -> None:
    turns: list[Turn] = []
    bad, good = a_job(failing), a_job(turns.append)
    named(bad, good)
    said = StringIO()
    with pytest.raises(CommandError, match=f"^failed: {bad.name}$"):
        call_command("jobs", "--once", stdout=said)
    assert said.getvalue() == f"{bad.name}: failed\n{good.name}: done\n"
    assert len(turns) == 1


def test_once_with_a_name_that_there_is_not_says_which_there_are(named: Named) -> None:
    job = a_job()
    named(job)
    with pytest.raises(CommandError, match=f"there is no job sweep. There are: {job.name}"):
        call_command("jobs", once="sweep")


def test_list_says_how_it_stands(named: Named) -> None:
    never, bad, at_work = a_job(), a_job(failing), a_job()
    named(never, bad, at_work)
    do(bad)
    lease = taken(at_work)
    said = StringIO()
    call_command("jobs", list=True, stdout=said)
    lease.end([])
    lines = said.getvalue().splitlines()
    assert lines[0] == f"{never.name}  every 1:00:00  never ran  next at once"
    assert lines[1].startswith(f"{bad.name}  every 1:00:00  failed (ValueError, 1 in a row) 2")
    assert lines[2] == f"{at_work.name}  every 1:00:00  never ran  at work on {here()}"


def test_a_store_that_does_not_answer_is_one_line(named: Named) -> None:
    named(a_job())
    with faults.raising("Query", DOWN), pytest.raises(CommandError, match="doctor"):
        call_command("jobs", list=True)


def test_unsafe_production_does_no_jobs(named: Named, settings: Settings) -> None:
    turns: list[Turn] = []
    named(a_job(turns.append))
    settings.IS_PRODUCTION, settings.DEBUG = True, True
    with pytest.raises(CommandError, match="Production does not start.*DJANGO_DEBUG"):
        call_command("jobs", "--once")
    assert turns == []


def test_what_is_no_job_and_two_of_one_name_are_refused(named: Named) -> None:
    job = a_job()
    for wrong in ([job, job], [job, "a string"]):
        named(*wrong)
        with pytest.raises(ValueError, match="JOBS names"):
            list_job_runs()


def test_each_job_that_the_settings_name_is_one() -> None:
    assert "media.sweep_uploads" in [job.name for job in rows.known_jobs()]


def test_a_lost_end_leaves_the_lease_to_run_out(settings: Settings) -> None:
    settings.JOBS_LEASE_SECONDS = 0.4
    job = a_job()
    lease = taken(job)
    with faults.raising("UpdateItem", DOWN), pytest.raises(StorageUnavailable):
        lease.end([])
    watch = Watch()
    until(lambda: watch.has_run_out(load_rows()[job.name]))
