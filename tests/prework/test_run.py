"""`make run`: everything by one command, one clear line when it cannot, nothing lost between."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from prework.localaws.checkpoint import SECONDS_BETWEEN

CHECKOUT = Path(__file__).resolve().parents[2]
ADMIN = {"email": "admin@demo.prework.test", "password": "prework-demo-2026"}


class Running:
    """One `python -m prework.run`, in a process group of its own."""

    def __init__(self, data_dir: Path, port: int, *options: str, jobs: str = "none") -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.said: list[str] = []
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PREWORK_")}
        environment |= {"PREWORK_DATA_DIR": str(data_dir), "PREWORK_PORT": str(port)}
        if jobs:
            environment["PREWORK_JOBS"] = jobs
        self.process = subprocess.Popen(  # noqa: S603  our own interpreter and arguments
            [sys.executable, "-m", "prework.run", *options],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.said.extend(lines)

    def wait(self) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(60)
        self._listener.join()
        return code

    def end(self, signal_number: signal.Signals) -> int:
        """Send a signal to the process, wait for the end; the exit code."""
        self.process.send_signal(signal_number)
        return self.wait()

    def kill_everything(self) -> None:
        """kill -9 of the server, embedded AWS and whatever else it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()

    def await_ready(self) -> None:
        """Wait until everything it needs answers."""
        deadline = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, "".join(self.said)
            assert time.monotonic() < deadline, "".join(self.said)
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)

    def api(self) -> httpx.Client:
        """A client signed in as the demo organisation's admin."""
        answer = httpx.post(f"{self.url}/api/auth/login", json=ADMIN)
        bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
        return httpx.Client(base_url=f"{self.url}/api", headers=bearer)


@contextmanager
def running(data_dir: Path, port: int, *options: str, jobs: str = "none") -> Iterator[Running]:
    """A run that is ready, ended if the test did not end it; with no jobs if nothing is said."""
    run = Running(data_dir, port, *options, jobs=jobs)
    try:
        run.await_ready()
        yield run
    finally:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


def jobs_on(data_dir: Path) -> list[int]:
    """The process ids of those who do the jobs of a run."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked
            is_ours = f"PREWORK_DATA_DIR={data_dir}" in (process / "environ").read_text()
            if is_ours and "--beside" in (process / "cmdline").read_text():
                found.append(int(process.name))
    return found


def doctor(data_dir: Path, port: int) -> "subprocess.CompletedProcess[str]":
    """What the doctor says of a run."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PREWORK_", "AWS_"))}
    environment |= {"PREWORK_DATA_DIR": str(data_dir), "PREWORK_PORT": str(port)}
    return subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def team_names(api: httpx.Client) -> set[str]:
    return {team["name"] for team in api.get("/teams").json()["items"]}


def make_team(api: httpx.Client, name: str) -> Any:
    answer = api.post("/teams", json={"name": name})
    assert answer.status_code == 201
    return answer.json()


def engine_on(data_dir: Path) -> int:
    """The process id of the embedded AWS that keeps its data there."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked
            command = (process / "cmdline").read_text().split("\0")
            if "prework.localaws.server" in command and str(data_dir) in command:
                return int(process.name)
    raise AssertionError(f"no embedded AWS runs on {data_dir}")


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_it_tells_where_it_is_and_keeps_what_it_was_given(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port) as run:
        with run.api() as api:
            make_team(api, "Kept over Ctrl-C")
        assert run.end(signal.SIGINT) == 0
        said = "".join(run.said)
    assert run.url in said
    assert f"{run.url}/api/docs" in said
    assert "admin@" in said
    assert ADMIN["password"] in said
    with running(tmp_path, port) as run, run.api() as api:
        assert "Kept over Ctrl-C" in team_names(api)
        assert run.end(signal.SIGTERM) == 0


def test_it_does_the_jobs_and_the_doctor_finds_all_well_as_long_as_it_runs(
    tmp_path: Path, port: int
) -> None:
    with running(tmp_path, port, jobs="") as run:
        deadline = time.monotonic() + 30
        while (seen := doctor(tmp_path, port)).returncode:  # until the jobs were done once
            assert "Nobody is at" in seen.stdout and time.monotonic() < deadline, seen.stdout
        assert {line.split()[0] for line in seen.stdout.splitlines()} == {"ok"}
        assert len(jobs_on(tmp_path)) == 1
        assert run.end(signal.SIGINT) == 0
        assert jobs_on(tmp_path) == []
    seen = doctor(tmp_path, port)
    assert seen.returncode == 1
    assert "no embedded AWS runs on" in seen.stderr and "make run" in seen.stderr


def test_kill_9_of_everything_loses_the_last_seconds_at_most(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port) as run:
        with run.api() as api:
            make_team(api, "Kept over kill -9")
        time.sleep(SECONDS_BETWEEN + 4)
        run.kill_everything()
    with running(tmp_path, port) as run, run.api() as api:
        assert "Kept over kill -9" in team_names(api)


def test_a_busy_port_is_one_line_and_starts_nothing(tmp_path: Path, port: int) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", port))
        busy.listen()
        run = Running(tmp_path / "never", port)
        assert run.wait() == 1
    assert run.said == [
        f"prework: cannot use port {port} (PREWORK_PORT): Address already in use\n"
    ]
    assert not (tmp_path / "never").exists()


def test_a_second_run_on_the_same_data_is_one_line(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port) as first:
        second = Running(tmp_path, 0)
        assert second.wait() == 1
        assert second.said == [
            f"prework: {tmp_path} is in use by another prework (process {first.process.pid})\n"
        ]
        assert httpx.get(f"{first.url}/readyz").status_code == 200


def test_a_port_that_is_none_is_one_line(tmp_path: Path) -> None:
    for port in (-1, 65536):
        run = Running(tmp_path, port)
        assert run.wait() == 1
        assert len(run.said) == 1
        assert run.said[0].startswith(f"prework: cannot use port {port} (PREWORK_PORT): ")


def test_when_embedded_aws_dies_the_server_stops_and_says_so(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port) as run:
        os.kill(engine_on(tmp_path), signal.SIGKILL)
        assert run.wait() == 1
    assert "prework: embedded AWS ended with exit code -9" in run.said[-1]


def test_make_dev_serves_too_and_stops_whole(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port, "--reload") as run:
        with run.api() as api:
            make_team(api, "Made under make dev")
        assert run.end(signal.SIGTERM) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{run.url}/healthz")
