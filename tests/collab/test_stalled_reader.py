"""A reader that stalls for good, on a real server: its connection ends, and all of it goes."""

import asyncio
import base64
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from prework.localaws import LocalAws
from tests.cast import Person
from tests.collab.live import CHECKLIST, PATH, call, operation
from tests.collab.servers import Server, running

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks in /proc")
COUNT = 3
# Not much of what a peer does not read is to vanish in the kernel.
SMALL = "reserved.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)"
OUTBOX_SOON = "from collab.hub import outbox; outbox.CLOSING_SECONDS = 0.5"
LINGER_SOON = "from prework import sockets; sockets.LINGER_SECONDS = 0.5"
PINGS_SOON = """
import uvicorn
class Config(uvicorn.Config):
    def __init__(self, *args, **more):
        super().__init__(*args, ws_ping_interval=0.5, ws_ping_timeout=0.5, **more)
uvicorn.Config = Config
"""


@contextmanager
def stalled(server: Server, person: Person) -> Iterator[socket.socket]:
    """A socket that is opened, and never read from."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {PATH} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        f"Authorization: Bearer {person.token}",
    ]
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        yield connection


async def until_here(server: Server, person: Person, count: int) -> None:
    """Wait until so many have the document open."""
    path = f"/api/documents/checklist/{CHECKLIST}/sessions"
    async with asyncio.timeout(10):
        while len((await call(server.call, person, "GET", path))["items"]) != count:
            await asyncio.sleep(0.05)


async def until_connections(server: Server, count: int) -> None:
    async with asyncio.timeout(10):
        while server.connections != count:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("setup", "rounds"),
    [
        (OUTBOX_SOON, 12),  # too much waits for them: closed with 4408, which they do not take
        (f"{LINGER_SOON}\n{PINGS_SOON}", 4),  # less does, but they answer no ping
    ],
    ids=["behind", "silent"],
)
async def test_one_that_stalls_for_good_leaves_nothing_behind(
    engine: LocalAws, bob: Person, checklist: dict[str, Any], setup: str, rounds: int
) -> None:
    with running(engine, setup=f"{SMALL}\n{setup}") as [server], ExitStack() as stack:
        writer = await server.open(bob)
        for _ in range(COUNT):
            stack.enter_context(stalled(server, bob))
        await until_here(server, bob, COUNT + 1)
        await until_connections(server, COUNT + 1)
        for _ in range(rounds):
            batch = [operation(f"{CHECKLIST}.f{n}", "x" * 30_000, base=0) for n in range(8)]
            await writer.apply(*batch)

        await until_connections(server, 1)
        await until_here(server, bob, 1)
        await writer.close()
