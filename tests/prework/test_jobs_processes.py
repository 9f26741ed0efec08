"""Real `manage.py jobs` processes that are killed, stopped and suspended at their work."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from prework.ids import new_id
from prework.jobs import Job
from prework.localaws import LocalAws
from prework.scheduling import beside
from prework.scheduling.leases import here
from prework.scheduling.rows import JobRow, load_rows
from tests.collab.servers import CHECKOUT, environment_on
from tests.prework.chores import STEPS, note, noted
from tests.prework.making_jobs import HOUR, taken

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def chore(settings: Settings) -> str:
    """The chore of this test alone."""
    settings.UNAUDITED = [*settings.UNAUDITED, "tests.prework.chores.Note"]
    return new_id()


@pytest.fixture
def start(engine: LocalAws, chore: str) -> Iterator[Start]:
    """Starts `manage.py jobs` with one of the chores; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(job: str, *options: str, lease: float = 1, **more: Any) -> "subprocess.Popen[bytes]":
        environment = {
            **environment_on(engine),
            "DJANGO_SETTINGS_MODULE": "tests.prework.chores_settings",
            "PREWORK_JOBS_LEASE_SECONDS": str(lease),
            "CHORE": chore,
            "CHORE_JOB": job,
        }
        command = [sys.executable, "manage.py", "jobs", *options]
        started.append(subprocess.Popen(command, cwd=CHECKOUT, env=environment, **more))  # noqa: S603  our own
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait(10)


def until(what: Callable[[], Any]) -> Any:
    """Wait until there is something."""
    deadline = time.monotonic() + 60
    while not (seen := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return seen


@pytest.fixture
def inside(
    engine: LocalAws, chore: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs are done beside a server here: the chore that is done alone."""
    settings.RUN_JOBS = "inside"
    environment = {
        **environment_on(engine),
        "DJANGO_SETTINGS_MODULE": "tests.prework.chores_settings",
        "CHORE": chore,
        "CHORE_JOB": "BE_ALONE",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def row_of(name: str) -> JobRow:
    """The row of a job, once a run of it has ended."""
    row: JobRow = until(lambda: (found := load_rows().get(name)) and found.outcome and found)
    return row


def told(process: "subprocess.Popen[bytes]", number: signal.Signals) -> int:
    """Send it a signal; its exit code."""
    process.send_signal(number)
    return process.wait(30)


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0)])
def test_what_one_leaves_in_the_middle_another_ends_and_every_step_is_done_once(
    chore: str, start: Start, ending: signal.Signals, code: int
) -> None:
    first = start("COUNT_UP")
    until(lambda: noted(chore).get("counter", 0) >= 2)
    second = start("COUNT_UP")
    assert told(first, ending) == code
    until(lambda: noted(chore)["counter"] == STEPS)
    done = noted(chore)
    assert {done[f"step {number:02}"] for number in range(STEPS)} == {1}
    assert done[f"by {first.pid}"] + done[f"by {second.pid}"] == STEPS
    row = until(lambda: (one := row_of(f"count up {chore}")).outcome == "done" and one)
    assert row.process is not None and row.process.endswith(f":{second.pid}")
    assert (row.failures, row.is_held) == (0, False)
    assert told(second, signal.SIGTERM) == 0


def test_two_processes_are_never_at_the_same_job_at_once(chore: str, start: Start) -> None:
    processes = [start("BE_ALONE", lease=10) for _ in range(2)]
    until(lambda: noted(chore).get("turns", 0) >= 8)
    assert [told(one, signal.SIGTERM) for one in processes] == [0, 0]
    assert "not alone" not in noted(chore)


def test_one_that_was_suspended_beyond_its_lease_does_nothing_more(
    chore: str, start: Start
) -> None:
    suspended = start("WAIT")
    until(lambda: noted(chore).get(f"by {suspended.pid}"))
    suspended.send_signal(signal.SIGSTOP)
    follower = start("WAIT")
    until(lambda: noted(chore).get(f"by {follower.pid}"))
    note(chore, "go on")
    assert row_of(f"wait {chore}").outcome == "done"
    suspended.send_signal(signal.SIGCONT)
    assert told(suspended, signal.SIGTERM) == 0
    done = noted(chore)
    assert done[f"by {suspended.pid}"] == 1
    assert done[f"by {follower.pid}"] >= 3
    assert row_of(f"wait {chore}").process.endswith(f":{follower.pid}")


def test_once_waits_for_who_is_at_it_and_ends_by_a_signal(chore: str, start: Start) -> None:
    lease = taken(Job(name=f"wait {chore}", every=HOUR, work=lambda turn: None))
    waiting = start("WAIT", "--once", f"wait {chore}", lease=30, stderr=subprocess.PIPE)
    assert waiting.stderr is not None
    with waiting.stderr as said:
        assert said.readline().decode() == f"wait {chore}: {here()} is at it, waiting\n"
    assert told(waiting, signal.SIGTERM) == 0
    assert noted(chore) == {}
    assert lease.end([])


def test_once_shows_how_far_it_is_where_there_is_a_terminal(chore: str, start: Start) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    process = start("COUNT_UP", "--once", stderr=theirs, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as said:
        assert said.read().decode() == f"count up {chore}: done\n"
    seen = os.read(ours, 64 * 1024).decode()
    assert seen.startswith("\rsteps:   0%|") and f"{STEPS}/{STEPS}" in seen
    os.close(theirs)
    os.close(ours)


def test_one_beside_a_server_ends_when_that_is_gone(chore: str, start: Start) -> None:
    beside = start("BE_ALONE", "--beside", stdin=subprocess.PIPE)
    until(lambda: noted(chore).get("turns"))
    assert os.getpriority(os.PRIO_PROCESS, beside.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    assert beside.stdin is not None
    beside.stdin.close()
    assert beside.wait(30) == 0


def test_beside_a_server_one_that_dies_is_followed_by_another_until_the_end(
    inside: None, chore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "RESTART_SECONDS", 0.1)
    with beside.jobs_beside():
        first = until(lambda: (row := load_rows().get(f"be alone {chore}")) and row.process)
        os.kill(int(first.rpartition(":")[2]), signal.SIGKILL)
        until(lambda: row_of(f"be alone {chore}").process != first)
    last = int(str(row_of(f"be alone {chore}").process).rpartition(":")[2])
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)


def test_nothing_is_begun_where_others_do_the_jobs(
    inside: None, chore: str, settings: Settings
) -> None:
    settings.RUN_JOBS = "none"
    before = threading.active_count()
    with beside.jobs_beside():
        assert threading.active_count() == before
