"""Whoever looks for malware in files: nobody, or clamd, the daemon of ClamAV.

A file is clean only when a scanner has said so. One that does not answer, or says that it could
not look, raises, and nobody gets the file.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from struct import pack
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from clamav_client.clamd import (
    BufferTooLongError,
    ClamdError,
    ClamdNetworkSocket,
    CommunicationError,
)
from django.conf import settings

CHUNK_BYTES = 64 * 1024
CONNECT_SECONDS = 5
ANSWER_SECONDS = 20  # to a question about itself; it takes connections before it answers any
# https://www.eicar.org/download-anti-malware-testfile/: all scanners find it, it does no harm. It
# is put together here so that none finds it in this file, or in what Python makes of it.
EICAR = b"".join((rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAN", rb"DARD-ANTIVIRUS-TEST-FILE!$H+H*"))


class ScannerDown(Exception):
    """The scanner does not answer, or takes nothing now: it says nothing of any file."""


class NotScanned(Exception):
    """The scanner has begun with this file, and has not looked through it."""


class Scanner(Protocol):
    """What every scanner can do."""

    is_there: bool

    def find(self, body: BinaryIO) -> str | None:
        """The name of what it finds in a file; `None` when the file is clean.

        Raises `ScannerDown` and `NotScanned`, and what reading raises.
        """

    def version(self) -> str:
        """Which it is, and how old its signatures are. Raises `ScannerDown`."""


class NoScanner:
    """Nobody looks: every file is taken for clean."""

    is_there = False

    def find(self, body: BinaryIO) -> str | None:
        return None

    def version(self) -> str:
        return ""


class Clamd:
    """ClamAV's daemon, to which a file is streamed: it needs no access to ours.

    https://docs.clamav.net/manual/Usage/Scanning.html#clamd
    """

    is_there = True

    def __init__(self, url: str) -> None:
        self._url = url

    def find(self, body: BinaryIO) -> str | None:
        # systemd, which holds its socket on Debian, takes connections for a clamd that is dead.
        self.version()
        client = _Client(self._url, settings.CLAMD_TIMEOUT_SECONDS)
        with _answering():
            client.connect()
        try:
            found = client.instream(body)
        except BufferTooLongError:
            raise NotScanned("larger than its StreamMaxLength") from None
        except (ClamdError, OSError) as error:
            raise NotScanned(_reason(error)) from error
        status, name = found.get("stream", ("ERROR", "no answer"))
        if status == "ERROR":
            raise NotScanned(str(name or "an error"))
        return (name or "unnamed") if status == "FOUND" else None

    def version(self) -> str:
        client = _Client(self._url, ANSWER_SECONDS)
        with _answering():
            client.connect()
            answer = client.version()
        if not answer:
            raise ScannerDown("it hung up")
        return answer


class _Client(ClamdNetworkSocket):
    """The package's client, by either kind of socket, with a limit to every step, and in chunks of
    more than a kilobyte. It connects once, for one command.
    """

    def __init__(self, url: str, timeout: int) -> None:
        super().__init__(timeout=timeout)
        self._at = urlsplit(url)

    def connect(self) -> None:
        """Connect. Raises `OSError`, `ValueError` for an address that is none."""
        if self._at.scheme == "unix":
            self.clamd_socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.clamd_socket.settimeout(CONNECT_SECONDS)
            try:
                self.clamd_socket.connect(self._at.path)
            except OSError:
                self.clamd_socket.close()
                raise
        else:
            where = (self._at.hostname or "", self._at.port or 3310)
            self.clamd_socket = socket.create_connection(where, timeout=CONNECT_SECONDS)
        self.clamd_socket.settimeout(self.timeout)

    def _init_socket(self) -> None:
        """It is connected already."""

    def instream(self, buff: BinaryIO) -> dict[str, tuple[str, str | None]]:
        try:
            # When it has enough of a file it says so and hangs up: what it said is there to read.
            with suppress(BrokenPipeError, ConnectionResetError):
                self._stream(buff)
            answer = self._recv_response()
        finally:
            self._close_socket()
        if answer.startswith("INSTREAM size limit exceeded"):
            raise BufferTooLongError(answer)
        if not answer:
            raise CommunicationError("it hung up")
        name, finding, status = self._parse_response(answer)
        return {name: (status, finding)}

    def _stream(self, buff: BinaryIO) -> None:
        self._send_command("INSTREAM")
        while chunk := buff.read(CHUNK_BYTES):
            self.clamd_socket.sendall(pack("!L", len(chunk)) + chunk)
        self.clamd_socket.sendall(pack("!L", 0))


def scanner() -> Scanner:
    """The one that the settings name."""
    return Clamd(settings.CLAMD_URL) if settings.SCANNER == "clamd" else NoScanner()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (ClamdError, OSError, ValueError) as error:
        raise ScannerDown(_reason(error)) from error


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
