"""Real servers for tests: processes of their own, and real sockets to them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from prework.localaws import LocalAws
from tests.cast import Person
from tests.collab.live import PATH

LISTENING, NO_DESCRIPTOR = "0A", "0"  # as Linux has it in /proc/net/tcp
CHECKOUT = Path(__file__).resolve().parents[2]
SERVE = """
import socket, django
django.setup()
from prework.serve import serve
reserved = socket.socket(fileno={fileno})
{setup}
serve(reserved, None, when_ready=lambda url: None)
"""


def environment_on(engine: LocalAws) -> dict[str, str]:
    """What a process of ours is told, to work on the tests' embedded AWS."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "prework.settings",
        "PREWORK_AWS_ENDPOINT_URL": engine.endpoint_url,
        "AWS_ACCESS_KEY_ID": engine.access_key,
        "AWS_SECRET_ACCESS_KEY": engine.secret_key,
        "PREWORK_LOG_LEVEL": "WARNING",
        "PREWORK_JOBS": "none",
    }


class Server:
    """One server process on the tests' embedded AWS; `setup` is done in it before it serves."""

    def __init__(self, engine: LocalAws, *, setup: str = "", **environment: str) -> None:
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            self.port = int(reserved.getsockname()[1])
            self.process = subprocess.Popen(  # noqa: S603  our own interpreter and program
                [sys.executable, "-c", SERVE.format(fileno=reserved.fileno(), setup=setup)],
                cwd=CHECKOUT,
                pass_fds=[reserved.fileno()],
                env={
                    **environment_on(engine),
                    "PREWORK_PUBLIC_URL": self.url,  # where the images of a page come from
                    **environment,
                },
            )

    def await_ready(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + 30
        while True:
            try:
                assert self.process.poll() is None
                httpx.get(f"{self.url}/healthz").raise_for_status()
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, person: Person, method: str, path: str) -> Any:
        """A request of this person's; the JSON of the answer, if there is any."""
        bearer = {"Authorization": f"Bearer {person.token}"}
        # Nothing is encrypted here; reading the certificates would take 50 ms.
        answer = httpx.request(method, self.url + path, headers=bearer, verify=False)  # noqa: S501
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def open(self, person: Person, path: str = PATH, **options: Any) -> "RealLive":
        """A socket of this person's, with its welcome read."""
        headers = {"Authorization": f"Bearer {person.token}"}
        url = f"ws://127.0.0.1:{self.port}{path}"
        live = RealLive(await connect(url, additional_headers=headers, **options))
        live.welcome = await live.next()
        return live

    @property
    def connections(self) -> int:
        """How many connections it has descriptors of."""
        table = Path(f"/proc/{self.process.pid}/net/tcp").read_text().splitlines()[1:]
        rows = [row.split() for row in table]
        ours = [row for row in rows if int(row[1].partition(":")[2], 16) == self.port]
        return sum(row[3] != LISTENING and row[9] != NO_DESCRIPTOR for row in ours)

    def stop(self, within: float = 20) -> int:
        """Ask it to stop, as an operator does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)


class RealLive:
    """A real socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome: dict[str, Any] = {}
        self._waiting: list[dict[str, Any]] = []

    async def send(self, *events: Any) -> None:
        frame = events[0] if len(events) == 1 else list(events)
        await self.connection.send(orjson.dumps(frame).decode())

    async def next(self, event_type: str | None = None) -> dict[str, Any]:
        """The next event, or the next one of a type."""
        while True:
            while not self._waiting:
                decoded = orjson.loads(await self.connection.recv())
                self._waiting = decoded if isinstance(decoded, list) else [decoded]
            event = self._waiting.pop(0)
            if event_type in (None, event["eventType"]):
                return event

    async def apply(self, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        """Apply operations, and wait for what becomes of them."""
        await self.send(*({"action": "apply", "operation": one} for one in operations))
        outcomes: list[dict[str, Any]] = []
        while len(outcomes) < len(operations):
            event = await self.next()
            if event["eventType"] in ("operation.ack", "operation.rejected"):
                outcomes.append(event)
        return outcomes

    async def close(self) -> None:
        await self.connection.close()


@contextmanager
def running(
    engine: LocalAws, count: int = 1, *, setup: str = "", **environment: str
) -> Iterator[list[Server]]:
    """So many servers, stopped afterwards."""
    servers: list[Server] = []
    try:
        servers += [Server(engine, setup=setup, **environment) for _ in range(count)]
        for server in servers:
            server.await_ready()
        yield servers
    finally:
        for server in servers:
            server.process.kill()
            server.process.wait(10)
