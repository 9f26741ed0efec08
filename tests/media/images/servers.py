"""Servers of their own processes, and the processes that render for them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prework.localaws import LocalAws
from tests.collab.servers import CHECKOUT, environment_on


@dataclass(frozen=True)
class Server:
    """A server that serves."""

    url: str
    process: "subprocess.Popen[str]"

    def workers(self) -> list[int]:
        """The processes that render for it."""
        lists = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = {int(pid) for one in lists for pid in _read(one).split()}
        return [pid for pid in pids if b"worker.py" in _read(Path(f"/proc/{pid}/cmdline"))]


@contextmanager
def servers(engine: LocalAws, count: int) -> Iterator[list[Server]]:
    """So many servers on this AWS, on ports of their own."""
    command = [sys.executable, "manage.py", "serve", "--port", "0"]
    processes = [
        subprocess.Popen(  # noqa: S603  our own interpreter and program
            command, cwd=CHECKOUT, env=environment_on(engine), stdout=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    try:
        yield [Server(_first_line(process), process) for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.communicate(timeout=20)


def status(pid: int, name: str) -> str:
    """A line of what the kernel says of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line for line in lines if line.startswith(f"{name}:")).partition(":")[2].strip()


def _first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it is gone
        return b""
