"""What is measured: embedded AWS and server processes, each on a core of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from prework.localaws import LocalAws

CHECKOUT = Path(__file__).resolve().parents[2]
PRODUCT = """
import socket, django
django.setup()
from prework.serve import serve
serve(socket.socket(fileno={fileno}), None, when_ready=lambda url: None)
"""
PEER = """
import socket, django, uvicorn
django.setup()
from bench.realtime import tutorial
tutorial.make_table()
config = uvicorn.Config(tutorial.application, ws="websockets-sansio", log_level="warning")
uvicorn.Server(config).run(sockets=[socket.socket(fileno={fileno})])
"""
# Who writes flat out is not to be put off: the engine is measured, not its limits.
UNLIMITED = {
    **dict.fromkeys(
        ("PREWORK_RATE_USER", "PREWORK_RATE_ORGANIZATION", "PREWORK_RATE_ADDRESS"),
        "10000000/minute",
    ),
    **dict.fromkeys(
        (
            "PREWORK_SOCKETS_PER_USER",
            "PREWORK_SOCKET_RATE",
            "PREWORK_SOCKET_BURST",
            "PREWORK_DOCUMENT_RATE",
            "PREWORK_DOCUMENT_BURST",
        ),
        "1000000",
    ),
}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """One server process."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.port}"

    def await_ready(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                httpx.get(f"{self.url}/healthz").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("The server did not start.")

    @property
    def cpu_seconds(self) -> float:
        """What it has used of its core until now."""
        return cpu_seconds(self.process.pid)

    @property
    def megabytes(self) -> float:
        """What it keeps in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) / 1024


def cpu_seconds(process_id: int) -> float:
    """The processor time of a process, its threads included."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass
class Site:
    """Servers, and somebody who may do everything there."""

    aws: LocalAws
    servers: list[Server]
    token: str = ""
    organization_id: str = ""
    is_ours: bool = True
    # Nothing is encrypted here; reading the certificates would take 50 ms a request.
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(verify=False, timeout=60))  # noqa: S501

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the first server."""
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = self.servers[0].url + path
        answer = self._http.request(method, url, headers=bearer, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def register(self) -> None:
        """Found an organisation."""
        admin = {
            "email": "bench@example.com",
            "password": "a long bench password 2026",
            "name": "Bench",
            "organizationName": "Bench",
        }
        signed_in = self.call("POST", "/api/auth/register", admin)
        self.token = signed_in["token"]
        self.organization_id = signed_in["organization"]["organizationId"]

    def make_checklist(self, entity_id: str, items: int) -> None:
        """A checklist with items `i0`, `i1` …"""
        content = {
            "title": "Bench",
            "items": {f"i{n}": {"text": "", "checked": False} for n in range(items)},
        }
        body = {"entityType": "checklist", "entityId": entity_id, "content": content}
        self.call("POST", "/api/documents", body)


@contextmanager
def site(count: int, *, with_redis: bool = False, program: str = PRODUCT) -> Iterator[Site]:
    """Servers on core 0, the store (and whoever calls this) on core 1, all gone afterwards."""
    os.sched_setaffinity(0, {min(1, (os.cpu_count() or 1) - 1)})
    with ExitStack() as stack:
        aws = stack.enter_context(LocalAws(memory=True))
        os.environ["AWS_ACCESS_KEY_ID"] = aws.access_key
        os.environ["AWS_SECRET_ACCESS_KEY"] = aws.secret_key
        _bootstrap(aws)
        redis_url = _start_redis(stack) if with_redis else ""
        servers = [_start(aws, program, redis_url, stack) for _ in range(count)]
        for server in servers:
            server.await_ready()
        made = Site(aws, servers, is_ours=program == PRODUCT)
        made.register()
        yield made


def _environment(aws: LocalAws, redis_url: str = "") -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "prework.settings",
        "PREWORK_AWS_ENDPOINT_URL": aws.endpoint_url,
        "PREWORK_LOG_LEVEL": "WARNING",
        "PREWORK_REDIS_URL": redis_url,
        **UNLIMITED,
    }


def _bootstrap(aws: LocalAws) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "aws_bootstrap"],
        cwd=CHECKOUT,
        env=_environment(aws),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _start(aws: LocalAws, program: str, redis_url: str, stack: ExitStack) -> Server:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        process = subprocess.Popen(  # noqa: S603  our own interpreter and program
            [sys.executable, "-c", program.format(fileno=reserved.fileno())],
            cwd=CHECKOUT,
            pass_fds=[reserved.fileno()],
            env=_environment(aws, redis_url),
        )
        port = int(reserved.getsockname()[1])
    os.sched_setaffinity(process.pid, {0})
    stack.callback(process.wait)
    stack.callback(process.kill)
    return Server(port, process)


def _start_redis(stack: ExitStack) -> str:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = int(reserved.getsockname()[1])
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  our own command
    stack.callback(process.wait)
    stack.callback(process.kill)
    return f"redis://127.0.0.1:{port}/0"
