"""Embedded AWS, seen from the process that owns it: start, wait until it answers, stop."""

import contextlib
import http.client
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from prework.localaws.data_dir import DataDir

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 60.0
CHECKOUT = Path(__file__).resolve().parents[2]
SERVICES = "cloudwatch,dynamodb,dynamodbstreams,iam,kms,s3,sts"


class LocalAwsFailed(Exception):
    """Embedded AWS did not start, or died."""


class LocalAws:
    """An AWS of one's own: kept in `data_dir`, or with `memory=True` gone when it stops."""

    endpoint_url: str
    access_key: str
    secret_key: str

    def __init__(
        self, data_dir: str | os.PathLike[str] | None = None, *, memory: bool = False
    ) -> None:
        if memory == (data_dir is not None):
            raise ValueError("LocalAws takes either a data_dir or memory=True")
        self._memory = memory
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the engine and return when it answers; raise if it is in use or fails."""
        if importlib.util.find_spec("ministack") is None:
            raise LocalAwsFailed(
                "embedded AWS needs ministack: pip install -r requirements-dev.txt"
            )
        self._folder = DataDir(Path(self._data_dir or tempfile.mkdtemp(prefix="localaws-")))
        try:
            self._folder.make()
            self._launch()
            self._await_health()
        except OSError as error:
            self.stop()
            raise LocalAwsFailed(f"embedded AWS cannot use {self.folder}: {error}") from error
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the engine; what it holds is saved first, or thrown away in memory mode."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._memory:
            shutil.rmtree(self._folder.path, ignore_errors=True)

    def wait(self) -> str | None:
        """Wait until the engine ends; say how it ended if nobody stopped it."""
        process = self._process
        if process is not None:
            process.wait()
        return None if self._process is None else self._ending()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def folder(self) -> Path:
        """The folder it keeps its data and its log in."""
        return self._folder.path

    @property
    def process_id(self) -> int | None:
        """The engine's process, None when there is none."""
        return None if self._process is None else self._process.pid

    def _launch(self) -> None:
        with contextlib.ExitStack() as handed_down:
            lock = self._folder.lock()
            handed_down.callback(os.close, lock)
            self.access_key, self.secret_key = self._folder.credentials()
            listening = handed_down.enter_context(_listen(self._folder.last_port()))
            port = listening.getsockname()[1]
            self.endpoint_url = f"http://{HOST}:{port}"
            log = handed_down.enter_context(self._folder.log.open("wb"))
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and arguments
                self._command(listening.fileno(), lock),
                env=self._environment(port),
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(listening.fileno(), lock),
            )
            self._folder.keep_port(port)

    def _command(self, listening: int, lock: int) -> list[str]:
        command = [sys.executable, "-m", "prework.localaws.server"]
        command += [f"--owner={os.getpid()}", f"--socket={listening}", f"--lock={lock}"]
        return [*command, "--memory" if self._memory else "--saved", str(self._folder.path)]

    def _environment(self, port: int) -> dict[str, str]:
        """The engine's whole environment: nothing of the caller's own AWS settings gets in."""
        kept = "0" if self._memory else "1"
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self._folder.scratch),
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "SERVICES": SERVICES,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent",  # it would tidy up containers that are not ours
            "LOG_LEVEL": "WARNING",
            "PERSIST_STATE": kept,
            "STATE_DIR": str(self._folder.state),
            "S3_PERSIST": kept,
            "S3_DATA_DIR": str(self._folder.objects),
        }

    def _await_health(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _is_healthy(self.endpoint_url):
            if not self._is_running() or time.monotonic() > deadline:
                raise LocalAwsFailed(self._ending())
            time.sleep(0.02)

    def _is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _ending(self) -> str:
        """One line: what became of the engine, and the last thing it said."""
        code = self._process.poll() if self._process is not None else None
        became = "does not answer" if code is None else f"ended with exit code {code}"
        said = self._folder.log.read_text(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "it said nothing")
        return f"embedded AWS {became}: {last} (see {self._folder.log})"


def _listen(port: int) -> socket.socket:
    """A listening socket on loopback: on this port if it is free, else on any."""
    for candidate in (port, 0):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            listening.bind((HOST, candidate))
            listening.listen(512)
            return listening
        listening.close()
    raise LocalAwsFailed("embedded AWS found no free port on 127.0.0.1")


def _is_healthy(endpoint_url: str) -> bool:
    connection = http.client.HTTPConnection(endpoint_url.removeprefix("http://"), timeout=1)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False
