"""Checkpoints: what the engine holds in memory, saved while it goes on serving.

ministack saves DynamoDB only when it stops cleanly. Here a fork of the engine, which is a frozen
copy of its memory, writes the same files: the engine itself stands still for the few milliseconds
of the fork, and what is written is one moment's state, never half of a transaction.
"""

import asyncio
import copy
import json
import logging
import os
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from ministack import app as ministack_app
from ministack.core import persistence

logger = logging.getLogger(__name__)

AsgiApp = Callable[..., Awaitable[None]]

SECONDS_BETWEEN = 1.0
# Writing takes at most this share of one processor, whatever the size of the data.
SHARE_OF_TIME = 0.05
READING = (b"Get", b"Query", b"Scan", b"BatchGet", b"TransactGet", b"Describe", b"List", b"Head")


class Checkpoints:
    """Saves the engine's state to a folder, soon after each change."""

    def __init__(self, folder: Path, *, lock: int) -> None:
        self._folder = folder
        self._lock = lock
        self._changes = 0
        self._saved_changes = 0
        self._not_before = 0.0

    def counting(self, app: AsgiApp) -> AsgiApp:
        """The app, with every request that may change something counted once it is answered."""

        async def counted(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
            try:
                await app(scope, receive, send)
            finally:
                if scope["type"] == "http" and not _only_reads(scope):
                    self._changes += 1

        return counted

    async def save_if_due(self) -> None:
        """Write a checkpoint if something changed and the last one is long enough ago."""
        if self._changes == self._saved_changes or time.monotonic() < self._not_before:
            return
        changes = self._changes
        exit_code, took = await asyncio.to_thread(_await_exit, self._fork_writer())
        if exit_code == 0:
            self._saved_changes = changes
        self._not_before = time.monotonic() + max(SECONDS_BETWEEN, took / SHARE_OF_TIME)

    def _fork_writer(self) -> int:
        process_id = os.fork()
        return process_id or self._write_and_exit()

    def _write_and_exit(self) -> NoReturn:
        """In the fork: let go of the engine's sockets, write, and leave without clean-up.

        The lock is kept: nobody may read this folder before the last writer has left it.
        """
        status = 1
        try:
            os.closerange(3, self._lock)
            os.closerange(self._lock + 1, os.sysconf("SC_OPEN_MAX"))
            write_state(self._folder)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)


def write_state(folder: Path) -> None:
    """Write every service's state, each file aside first and then put in place at once.

    For a process that will serve no more requests: ministack copies its state before it hands it
    out, which takes most of the time, and that copy is left out.
    """
    copy.deepcopy = _as_it_is  # type: ignore[assignment]  # nothing here changes the state again
    for name, state_of in ministack_app._build_persistence_save_dict().items():
        state = state_of()
        if state is not None:
            _replace(folder / f"{name}.json", _encode(name, state))


def check_readable(folder: Path) -> None:
    """Raise ValueError naming the file if a saved state cannot be read.

    ministack would start empty instead, and the next checkpoint would make that final.
    """
    for leftover in folder.glob("*.writing"):
        leftover.unlink()
    for path in folder.glob("*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"{path} is not readable ({error}); move it away") from error


def _as_it_is(value: Any, memo: Any = None) -> Any:
    return value


def _encode(name: str, state: Any) -> bytes:
    version = persistence._state_format_version(name)
    wrapped = {"__ministack_format__": version, "payload": state}
    # json.dumps and not ministack's json.dump: only the former runs in C.
    return json.dumps(wrapped, default=persistence._json_default).encode()


def _replace(path: Path, content: bytes) -> None:
    aside = path.with_suffix(".writing")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _await_exit(process_id: int) -> tuple[int, float]:
    """The exit code, and the processor seconds it took: on a busy machine more time goes by."""
    _, status, used = os.wait4(process_id, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def _only_reads(scope: Mapping[str, Any]) -> bool:
    for name, value in scope["headers"]:
        if name == b"x-amz-target":
            return bool(value.rpartition(b".")[2].startswith(READING))
    return scope["method"] in {"GET", "HEAD", "OPTIONS"}
