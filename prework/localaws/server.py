"""The engine's process: ministack on a socket handed down by its owner.

`python -m prework.localaws.server OPTIONS`, started by `engine.py` and by nobody else; ministack
reads the rest of its settings from the environment.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from ministack import app as ministack_app
from ministack.core import iam_evaluator

from prework.localaws import versioned_reads
from prework.localaws.checkpoint import AsgiApp, Checkpoints, check_readable, write_state
from prework.localaws.data_dir import DataDir
from prework.localaws.signed_headers import only_signed_headers

LOOK_SECONDS = 0.25
HEALTH = "/_ministack/health"


def main() -> None:
    """Serve until told to stop or until the owner is gone; then save and leave."""
    options = _options()
    # ministack leaves header signatures made with its own root key unchecked, even with AUTH=true.
    iam_evaluator._is_root_key = _is_no_root_key
    versioned_reads.put_right()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, which stops us last
    app = only_signed_headers(ministack_app.app)
    if options.memory:
        uvloop.run(_serve(app, options, None))
        if not _has_owner(options):
            shutil.rmtree(options.memory, ignore_errors=True)
        return
    state = DataDir(options.saved).state
    try:
        check_readable(state)
    except ValueError as error:
        sys.exit(str(error))
    checkpoints = Checkpoints(state, lock=options.lock)
    uvloop.run(_serve(checkpoints.counting(_closed(app)), options, checkpoints))
    write_state(state)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--owner", type=int, required=True)
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--lock", type=int, required=True)
    folder = parser.add_mutually_exclusive_group(required=True)
    folder.add_argument("--memory", type=Path)
    folder.add_argument("--saved", type=Path)
    return parser.parse_args()


async def _serve(
    app: AsgiApp, options: argparse.Namespace, checkpoints: Checkpoints | None
) -> None:
    told_to_stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_stop.set)

    async def until_the_end() -> None:
        while not told_to_stop.is_set() and _has_owner(options):
            if checkpoints is not None:
                await checkpoints.save_if_due()
            await _wait_for(told_to_stop, LOOK_SECONDS)
        # The state is written by `main`, when no request can change it any more.
        ministack_app.PERSIST_STATE = False

    server = Server(_config(app))
    with socket.socket(fileno=options.socket) as listening:
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        await until_the_end()
        server.should_exit = True
        await serving


class Server(uvicorn.Server):
    """uvicorn, whose signals are ours: it would raise them again once it has stopped."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: AsgiApp) -> uvicorn.Config:
    """uvicorn's C parser; ministack's own server, in Python alone, takes half as long again."""
    return uvicorn.Config(
        app,
        http="httptools",
        backlog=512,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        date_header=False,  # ministack sends its own, and its Server
        server_header=False,
        access_log=False,
        log_level="warning",
    )


def _is_no_root_key(key: str) -> bool:
    return False


def _has_owner(options: argparse.Namespace) -> bool:
    return os.getppid() == int(options.owner)


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def _closed(app: AsgiApp) -> AsgiApp:
    """The app without ministack's own unsigned endpoints: one of them erases all data."""

    async def closed(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if path.startswith(("/_ministack", "/_localstack")) and path != HEALTH:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await app(scope, receive, send)

    return closed


if __name__ == "__main__":
    main()
