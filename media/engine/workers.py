"""The processes that render: few, begun when they are needed, replaced when they have died.

Each is a fresh interpreter that runs `worker.py` alone, with none of our environment: a fork of
the server would take its secrets and its threads' locks along, and `multiprocessing` would import
its main module, Django and all. One that the server leaves behind reads the end of its socket.
"""

import atexit
import json
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

LENGTHS = struct.Struct("!II")  # as the worker has it, which would load libvips if we asked it
SCRIPT = Path(__file__).with_name("worker.py")
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "VIPS_CONCURRENCY": "1",
    "VIPS_DISC_THRESHOLD": "1g",  # it may write no file: what is large is refused by its memory
    "MALLOC_ARENA_MAX": "2",
}
IMAGES_EACH = 500  # then another takes its place, and whatever it has leaked is given back
PROCESSOR_SECONDS = 10
ANSWER_SECONDS = 25.0  # the processor's may be longer in coming, on a busy machine
WAIT_SECONDS = 10.0  # for a process that is free
MAX_HEAD_BYTES = 4096
PIECE_BYTES = 256 * 1024
log = structlog.get_logger(__name__)


class Busy(Exception):
    """There was no process, or no time, for this image now."""


class Refused(Exception):
    """The image cannot be rendered, and will not be another time.

    It may be that this picture is too much of it and another is not; but an image that is broken,
    or at which a process has died, is not tried again for any other picture.
    """

    def __init__(self, code: str, reason: str, *, is_fatal: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.is_of_image = is_fatal or code != "too_large"


class Worker:
    """One process."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair()
        with ExitStack() as on_failure, theirs:
            on_failure.callback(self._requests.close)
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and script
                [sys.executable, "-I", str(SCRIPT)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # whatever an image makes its decoder say
                env=ENVIRONMENT,
            )
            on_failure.pop_all()
        self._images_left = IMAGES_EACH

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def is_spent(self) -> bool:
        """Whether it is to be asked no more, or has died since it was."""
        return self._images_left <= 0 or self._process.poll() is not None

    def render(self, image: int, asked: Mapping[str, Any]) -> bytes:
        """The picture of what is in this file. Raises `Refused`, or `Busy`."""
        self._images_left -= 1
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            self._requests.settimeout(ANSWER_SECONDS)
            socket.send_fds(self._requests, [json.dumps(asked).encode() + b"\n"], [image])
            head, body = self._answer(deadline, asked["bytes"])
        except TimeoutError:
            self.end()
            raise Busy from None
        except (OSError, EOFError, ValueError, RecursionError):
            raise self._death() from None
        except BaseException:  # its answer is still to come: nobody else is to be given that
            self.end()
            raise
        if "refused" in head:
            raise Refused(str(head["refused"]), str(head.get("reason")))
        return body

    def end(self) -> None:
        """Stop it, whatever it is doing."""
        self._images_left = 0
        self._requests.close()
        self._process.kill()
        self._process.wait()

    def _answer(self, deadline: float, most: int) -> tuple[dict[str, Any], bytes]:
        head_bytes, body_bytes = LENGTHS.unpack(self._read(LENGTHS.size, deadline))
        if head_bytes > MAX_HEAD_BYTES or body_bytes > most:
            raise ValueError("No answer of ours is so long.")
        head = json.loads(self._read(head_bytes, deadline))
        if not isinstance(head, dict):
            raise ValueError("No answer of ours looks so.")
        return head, self._read(body_bytes, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        read = bytearray()
        while len(read) < size:
            self._requests.settimeout(max(0.001, deadline - time.monotonic()))
            piece = self._requests.recv(min(PIECE_BYTES, size - len(read)))
            if not piece:
                raise EOFError
            read += piece
        return bytes(read)

    def _death(self) -> Refused | Busy:
        """Why it is dead: its time was over, or the image was its end, or somebody else."""
        self._requests.close()
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            code = 0
        self.end()
        log.warning("image_worker_died", exit_code=code)
        if -code in (signal.SIGKILL, signal.SIGTERM):
            return Busy()
        kind = "too_large" if code == -signal.SIGXCPU else "unreadable"
        return Refused(kind, f"exit code {code}", is_fatal=True)


class Pool:
    """The processes of this server, of which each renders one image at a time."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._begun = 0
        self._changed = threading.Condition()

    def render(self, image: int, asked: Mapping[str, Any]) -> bytes:
        """The picture of what is in this file.

        Raises `Refused`, which it will be again, or `Busy`.
        """
        limits = {"pixels": settings.IMAGE_MAX_PIXELS, "seconds": PROCESSOR_SECONDS}
        with self._one() as worker:
            return worker.render(image, {**asked, **limits})

    def pids(self) -> list[int]:
        """The processes that wait for work."""
        with self._changed:
            return [worker.pid for worker in self._idle]

    def close(self) -> None:
        """End those that wait; others are ended by whoever uses them, or with this process."""
        with self._changed:
            idle, self._idle = self._idle, []
            self._begun -= len(idle)
        for worker in idle:
            worker.end()

    @contextmanager
    def _one(self) -> Iterator[Worker]:
        worker = self._take()
        try:
            yield worker
        finally:
            self._give_back(worker)

    def _take(self) -> Worker:
        with self._changed:
            is_free = self._changed.wait_for(self._has_room, WAIT_SECONDS)
            if not is_free:
                raise Busy
            while self._idle:
                worker = self._idle.pop()
                if not worker.is_spent:
                    return worker
                worker.end()
                self._begun -= 1
            self._begun += 1
        try:
            return Worker()
        except OSError:  # no memory for a process, no descriptor
            self._forget()
            log.exception("image_worker_not_begun")
            raise Busy from None
        except BaseException:
            self._forget()
            raise

    def _has_room(self) -> bool:
        return bool(self._idle) or self._begun < settings.IMAGE_WORKERS

    def _give_back(self, worker: Worker) -> None:
        if worker.is_spent:
            worker.end()
            self._forget()
            return
        with self._changed:
            self._idle.append(worker)
            self._changed.notify()

    def _forget(self) -> None:
        with self._changed:
            self._begun -= 1
            self._changed.notify()


POOL = Pool()
atexit.register(POOL.close)
