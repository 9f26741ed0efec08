"""A clamd of the tests' own, that knows one thing: the EICAR test file. In CI it never skips."""

import hashlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from prework.scanner import EICAR

CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
HAS_CLAMD = bool(CLAMD or os.environ.get("CI"))
STREAM_BYTES = 256 * 1024
PATIENCE_SECONDS = 30
NAME = "Eicar-Test-Signature"


class Clamd:
    """One that is started, killed and started again, at the same socket."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder, self.port = folder, port
        self.process: subprocess.Popen[bytes] | None = None
        digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
        (folder / "db").mkdir()
        (folder / "db" / "eicar.hdb").write_text(f"{digest}:{len(EICAR)}:{NAME}\n")
        (folder / "clamd.conf").write_text("\n".join(self._settings()) + "\n")

    @property
    def url(self) -> str:
        """Where it listens, as the setting has it."""
        return f"tcp://127.0.0.1:{self.port}" if self.port else f"unix://{self._socket}"

    def start(self) -> "Clamd":
        """Start it, and wait until it answers."""
        assert CLAMD, "clamd is missing: install clamav-daemon"
        # A copy: where AppArmor holds clamd to Debian's own folders, it does so by its path.
        clamd = shutil.copy(CLAMD, self.folder / "clamd")
        self.process = subprocess.Popen(  # noqa: S603  ours, with our settings
            [clamd, "--foreground", f"--config-file={self.folder / 'clamd.conf'}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "clamd does not answer"
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """As `kill -9` does it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _settings(self) -> list[str]:
        where = (
            [f"TCPSocket {self.port}", "TCPAddr 127.0.0.1"]
            if self.port
            else [f"LocalSocket {self._socket}", "FixStaleSocket yes"]
        )
        return [
            *where,
            f"DatabaseDirectory {self.folder / 'db'}",
            f"TemporaryDirectory {self.folder}",
            f"LogFile {self.folder / 'log'}",
            f"StreamMaxLength {STREAM_BYTES}",
            "MaxThreads 2",
            "SelfCheck 0",
            "OfficialDatabaseOnly no",
        ]

    @property
    def _socket(self) -> Path:
        return self.folder / "clamd.sock"

    def _answers(self) -> bool:
        family = socket.AF_INET if self.port else socket.AF_UNIX
        where = ("127.0.0.1", self.port) if self.port else str(self._socket)
        try:
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.settimeout(2)
                client.connect(where)
                client.sendall(b"zPING\0")
                return client.recv(16) == b"PONG\0"
        except OSError:
            return False
