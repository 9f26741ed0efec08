"""The server processes: uvicorn in this one, or daphne's runserver in a child (`make dev`)."""

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from prework import dynamo, metrics
from prework.localaws import LocalAws
from prework.sockets import StraightProtocol
from prework.wiring import wired, within

GRACE_SECONDS = 10
LEAVE_SECONDS = 1.5
BACKLOG = 2048
# Python's 5 ms would let a thread with the store's answer wait that long for a busy loop: half as
# many operations a second on a hot document, measured (bench/realtime).
SWITCH_SECONDS = 0.0005
GARBAGE_THRESHOLD = 100_000  # objects; Python's 700 cost a tenth of a busy server, measured so
# A frame larger than the application takes (1 MiB) is told so; one larger than this is not read.
WEBSOCKET_BYTES = 2 * 1024 * 1024
CHECKOUT = Path(__file__).resolve().parent.parent

WhenReady = Callable[[str], None]


class ServerFailed(Exception):
    """The server did not start, or ended without being told to."""


class Server(uvicorn.Server):
    """Lets the application end its sockets well, before what is left of them is cut off."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for end_well in wired("BEFORE_STOPPING"):
            await end_well()
        await self._take_leave()
        await super().shutdown(sockets)

    async def _take_leave(self) -> None:
        """Give sockets a moment to answer their close frames, and do not wait for who cannot.

        One that is cut off with something unread may lose what it was sent: it would not see why.
        """
        deadline = time.monotonic() + LEAVE_SECONDS
        while self._websockets() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        for connection in self._websockets():
            if connection.transport.get_write_buffer_size():
                connection.transport.abort()

    def _websockets(self) -> list[WebSocketsSansIOProtocol]:
        connections = self.server_state.connections
        return [one for one in connections if isinstance(one, WebSocketsSansIOProtocol)]


def serve(reserved: socket.socket, aws: LocalAws | None, *, when_ready: WhenReady) -> None:
    """Serve on this bound socket until a signal, or until embedded AWS dies."""
    config = uvicorn.Config(
        "prework.asgi:application",
        loop="uvloop",
        http="httptools",
        ws=StraightProtocol,
        ws_per_message_deflate=False,  # compressing cost half as much again a frame, measured
        ws_max_size=WEBSOCKET_BYTES,
        proxy_headers=False,  # PREWORK_TRUSTED_PROXIES decides, in the application
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    config.load()
    dynamo.connection()  # half a second, for which the first request would wait
    metrics.prepare()
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is here now stays: looking through it for garbage again and again is for nothing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    server = Server(config)
    _listen(reserved)
    host, port = reserved.getsockname()
    when_ready(f"http://{host}:{port}")
    endings = _watch(aws, partial(setattr, server, "should_exit", True))
    with within("WHILE_SERVING"), _stopping_is_no_failure():
        server.run(sockets=[reserved])
    if endings:
        raise ServerFailed(endings[0])


def serve_and_reload(host: str, port: int, aws: LocalAws | None, *, when_ready: WhenReady) -> None:
    """Run daphne's autoreloading runserver as a child; embedded AWS stays up across reloads."""
    # A group of its own: the reloader starts a child too, and both are to be stopped.
    child = subprocess.Popen(  # noqa: S603  our own interpreter and arguments
        [sys.executable, "manage.py", "runserver", f"{host}:{port}"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        process_group=0,
    )
    when_ready(f"http://{host}:{port}")
    endings = _watch(aws, partial(os.killpg, child.pid, signal.SIGTERM))
    try:
        code = child.wait()
    except KeyboardInterrupt:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(GRACE_SECONDS)
        raise
    raise ServerFailed(endings[0] if endings else f"runserver ended with exit code {code}")


@contextmanager
def _stopping_is_no_failure() -> Iterator[None]:
    """End normally after SIGTERM. Uvicorn ends well, and then raises the signal once more."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen(reserved: socket.socket) -> None:
    try:
        reserved.listen(BACKLOG)
    except OSError as error:  # another process started at the same moment
        raise ServerFailed(f"cannot listen on {reserved.getsockname()}: {error}") from error


def _watch(aws: LocalAws | None, stop: Callable[[], None]) -> list[str]:
    """Stop the server when embedded AWS ends by itself; the list then says how it ended."""
    endings: list[str] = []

    def wait() -> None:
        if aws is not None and (ending := aws.wait()):
            endings.append(ending)
            stop()

    threading.Thread(target=wait, daemon=True).start()
    return endings
