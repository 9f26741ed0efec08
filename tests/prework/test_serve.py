"""`manage.py serve`: the server alone, on whatever AWS the settings name."""

import signal
import subprocess
import sys

import httpx

from prework.localaws import LocalAws
from tests.collab.servers import CHECKOUT, environment_on


def serve(engine: LocalAws, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  our own interpreter and program
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=CHECKOUT,
        env=environment_on(engine),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_it_serves_until_it_is_told_to_stop(engine: LocalAws) -> None:
    with serve(engine, "--port", "0") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/readyz", timeout=10).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_taken_port_is_one_line(engine: LocalAws) -> None:
    with serve(engine, "--port", "70000") as process:
        answer, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert answer.startswith("CommandError: cannot serve on ('127.0.0.1', 70000)")
    assert answer.count("\n") == 1
