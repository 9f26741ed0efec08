"""Stretches of a file on this machine, put to signed URLs: read as they are sent, and hashed."""

import errno
import hashlib
import os
import re
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from weakref import WeakSet

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from prework.errors import StorageUnavailable

CHUNK_BYTES = 1024**2
WAITS = (0.5, 1, 2, 4)  # seconds, before another attempt
TIMEOUT = urllib3.Timeout(connect=10, read=300)  # S3 may take its time for the end of a large one
MD5 = re.compile(r'"?([0-9a-f]{32})"?')
# Keys of KMS and of customers make an ETag something else than the MD5.
PLAIN_ENCRYPTION = (None, "AES256")

Show = Callable[[int], object]


class Unsent(Exception):
    """It was not taken, or is to go on no more; the text says why."""


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """An open file, of which threads read and send stretches at once.

    `show` hears of the bytes that are done with, and of fewer when some have to be sent again.
    """

    descriptor: int
    size: int
    modified_ns: int
    pool: "_Pool"
    show: Show
    stopped: Event = field(default_factory=Event)

    @property
    def has_changed(self) -> bool:
        """Whether somebody has written to it since it was opened."""
        now = os.fstat(self.descriptor)
        return (now.st_size, now.st_mtime_ns) != (self.size, self.modified_ns)

    def stop(self) -> None:
        """Have the threads end now, one that waits for S3 too; they raise `Unsent`."""
        self.stopped.set()
        self.pool.hang_up()

    def md5(self, start: int, size: int) -> str:
        """The MD5 of a stretch, in hex, as S3's ETag of it is; shown as if it were sent."""
        stretch = _Stretch(self, start, size)
        for _ in stretch:
            pass
        return stretch.md5

    def put(self, sign: Callable[[], tuple[str, Mapping[str, str]]], start: int, size: int) -> str:
        """Send a stretch to a URL, signed anew for each attempt; the ETag of what S3 has then.

        Raises `Unsent`, and whatever `sign` raises.
        """
        for seconds in (*WAITS, None):
            stretch = _Stretch(self, start, size)
            try:
                return self._put_once(*sign(), stretch)
            except (urllib3.exceptions.HTTPError, OSError, StorageUnavailable, Unsent) as error:
                failure: Exception = error
            self.show(-stretch.sent)
            if seconds is None or self.stopped.wait(seconds):
                break
        raise Unsent(str(failure)) from failure

    def _put_once(self, url: str, headers: Mapping[str, str], stretch: "_Stretch") -> str:
        answer = self.pool.request(
            "PUT", url, body=stretch, headers=headers, timeout=TIMEOUT, retries=False
        )
        if answer.status != 200:
            raise Unsent(
                f"S3 answered {answer.status}: {answer.data[:300].decode(errors='replace')}"
            )
        etag = answer.headers.get("ETag", "")
        matched = MD5.fullmatch(etag)
        is_plain = answer.headers.get("x-amz-server-side-encryption") in PLAIN_ENCRYPTION
        if is_plain and matched and matched[1] != stretch.md5:
            raise Unsent("S3 has other bytes than were sent.")
        return etag


class _Stretch:
    """A stretch of a file in chunks, as they are read; its MD5 is of those that were."""

    def __init__(self, file: LocalFile, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._hash = hashlib.md5(usedforsecurity=False)
        self.sent = 0

    @property
    def md5(self) -> str:
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        while self.sent < self._size:
            if self._file.stopped.is_set():
                raise Unsent("stopped")
            wanted = min(CHUNK_BYTES, self._size - self.sent)
            chunk = os.pread(self._file.descriptor, wanted, self._start + self.sent)
            if not chunk:
                raise Unsent("the file has become shorter")
            self._hash.update(chunk)
            self.sent += len(chunk)
            self._file.show(len(chunk))
            yield chunk


class _Pool(urllib3.PoolManager):
    """Connections that can be ended from another thread, which urllib3 has no way to."""

    def __init__(self, threads: int) -> None:
        super().__init__(maxsize=threads, block=True, blocksize=CHUNK_BYTES)
        lines = self._lines = WeakSet[HTTPConnection]()

        class Line(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                lines.add(self)

        class SecureLine(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                lines.add(self)

        class Lines(urllib3.HTTPConnectionPool):
            ConnectionCls = Line

        class SecureLines(urllib3.HTTPSConnectionPool):
            ConnectionCls = SecureLine

        self.pool_classes_by_scheme = {"http": Lines, "https": SecureLines}

    def hang_up(self) -> None:
        """End every connection; whoever waits at one of them waits no more."""
        for line in list(self._lines):
            with suppress(OSError, AttributeError):  # it has ended by itself
                line.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def opened(path: Path, *, threads: int, show: Show) -> Iterator[LocalFile]:
    """The file, for so many threads, which are told to stop when its block ends.

    Raises `OSError`.
    """
    _check_sized(path)
    with path.open("rb") as file, _Pool(threads) as pool:
        found = os.fstat(file.fileno())
        local = LocalFile(
            descriptor=file.fileno(),
            size=found.st_size,
            modified_ns=found.st_mtime_ns,
            pool=pool,
            show=_one_by_one(show),
        )
        try:
            yield local
        finally:
            local.stop()


def _check_sized(path: Path) -> None:
    """A pipe has no size, and to open it may take forever; a directory is told when opened."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "Is no regular file", str(path))


def _one_by_one(show: Show) -> Show:
    """The same for threads: what counts does so in one at a time."""
    lock = Lock()

    def locked(count: int) -> None:
        with lock:
            show(count)

    return locked
