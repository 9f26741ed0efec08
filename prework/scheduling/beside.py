"""`manage.py jobs` beside a server, as a child process: `PREWORK_JOBS=inside`.

A process and not a thread: a job that computes would keep requests waiting for Python's lock, and
its store calls for their connections.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from django.conf import settings

CHECKOUT = Path(__file__).resolve().parents[2]
GRACE_SECONDS = 10.0
RESTART_SECONDS = 5.0
NICE = 5  # on one machine requests go first
COMMAND = [sys.executable, "manage.py", "jobs", "--beside"]
log = structlog.get_logger(__name__)


@contextmanager
def jobs_beside() -> Iterator[None]:
    """Run the jobs in a child process meanwhile, if `PREWORK_JOBS` is `inside`."""
    if settings.RUN_JOBS != "inside":
        yield
        return
    child = Child()
    try:
        yield
    finally:
        child.stop()


class Child:
    """The child process; one that dies is followed by another."""

    def __init__(self) -> None:
        self._is_stopping = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, name="jobs child", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """End it between two steps of its jobs, or after ten seconds anyhow."""
        self._is_stopping.set()
        self._process.terminate()
        self._keeper.join(GRACE_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603  our own interpreter and arguments
            COMMAND,
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            process_group=0,  # Ctrl-C is the server's, which then ends this one
        )

    def _keep(self) -> None:
        while True:
            if self._is_stopping.is_set():
                self._process.terminate()
            code = self._process.wait()
            assert self._process.stdin is not None  # noqa: S101  it was asked for
            self._process.stdin.close()
            if self._is_stopping.is_set():
                return
            log.error("jobs_ended", exit_code=code)
            if self._is_stopping.wait(RESTART_SECONDS):
                return
            self._process = self._start()


def end_with_parent() -> None:
    """In the child: give way to the server, and end when it is gone, however it went."""
    os.nice(NICE)

    def wait() -> None:
        while os.read(0, 1024):  # not `sys.stdin`, whose lock the interpreter wants at its end
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
