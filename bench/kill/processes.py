"""The processes that are killed: servers, and a Redis."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx

from bench.kill.patience import is_done_within

HOST = "127.0.0.1"
CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
LOOK_SECONDS = 0.05


class NotStarted(Exception):
    """A process ended instead of starting, or never answered."""


class Process:
    """A program on a port of its own, which stays its own while it is dead."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.log = log
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def is_up(self) -> bool:
        """Whether clients find it: it is told so when it is ready, and when it is killed."""
        return self._is_ready and self._running is not None and self._running.poll() is None

    _is_ready = False

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603  our own arguments
                self.command(),
                cwd=CHECKOUT,
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not await is_done_within(PATIENCE_SECONDS, self._until_it_answers(self._running)):
            raise NotStarted(f"{self.command()} does not answer: see {self.log}")
        self._is_ready = True

    async def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        """End it: by default without a word, as a crash or a lost machine does."""
        running, self._running = self._running, None
        self._is_ready = False
        if running is not None:
            running.send_signal(by)
            await asyncio.to_thread(running.wait, PATIENCE_SECONDS)

    async def _until_it_answers(self, running: subprocess.Popen[bytes]) -> None:
        while not await self.answers():
            if running.poll() is not None:
                raise NotStarted(f"{self.command()} ended: see {self.log}")
            await asyncio.sleep(LOOK_SECONDS)

    def command(self) -> list[str]:
        """What to run."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What it has in its environment beside ours."""
        return {}

    async def answers(self) -> bool:
        """Whether it is ready."""
        raise NotImplementedError


class Server(Process):
    """One server process on somebody else's store, as `python -m prework.run` starts it."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        super().__init__(log)
        self._environment = environment

    @property
    def url(self) -> str:
        """Where its HTTP API is."""
        return f"http://{HOST}:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "prework.run"]

    def environment(self) -> dict[str, str]:
        return {**self._environment, "PREWORK_PORT": str(self.port)}

    async def answers(self) -> bool:
        # Nothing is encrypted here; reading the certificates would take 50 ms.
        async with httpx.AsyncClient(verify=False) as http:  # noqa: S501
            with suppress(httpx.TransportError):
                return (await http.get(f"{self.url}/healthz")).is_success
        return False


class Redis(Process):
    """A Redis that keeps nothing."""

    @property
    def url(self) -> str:
        """Where the servers find it."""
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> list[str]:
        found = shutil.which("redis-server")
        if found is None:
            raise NotStarted("the kill tests need redis-server (Debian: apt install redis-server)")
        keeps_nothing = ["--save", "", "--appendonly", "no"]
        return [found, "--port", str(self.port), "--bind", HOST, *keeps_nothing]

    async def answers(self) -> bool:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, self.port)
            writer.close()
            return True
        return False


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as reserved:
        reserved.bind((HOST, 0))
        return int(reserved.getsockname()[1])
