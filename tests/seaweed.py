"""SeaweedFS: a second S3, to hear what another engine says of the same requests.

`weed mini` is its whole cluster in one process. It takes about a second to start, so a test asks
for the fixture `seaweed`, and the worker that runs it starts one.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.test import override_settings

from prework import aws

HOST = "127.0.0.1"
WEED = Path(sys.executable).with_name("weed")
PARTS = ("s3", "master", "volume", "filer", "admin")
GRPC = 10_000  # where each part listens besides, above its own port
READY = b"All enabled components are running"
FIRST_PORT, LAST_PORT = 11_000, 22_000  # both below the ports that the system hands out
ATTEMPTS = 3
START_SECONDS, STOP_SECONDS = 30, 3  # it may wait long for its connections, and keeps nothing


class DidNotStart(Exception):
    """SeaweedFS did not start; the text is the end of its log."""


class SeaweedFs:
    """An S3 of one's own, gone when it stops; it takes the same keys as the embedded AWS."""

    def __init__(self, access_key: str, secret_key: str, *, folder: Path | None = None) -> None:
        self._keys = {"accessKey": access_key, "secretKey": secret_key}
        self._parent = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        """Where its S3 is."""
        return f"http://{HOST}:{self._ports['s3']}"

    @property
    def process_id(self) -> int:
        """The process that is all of it."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        for _ in range(ATTEMPTS - 1):  # somebody else may have been quicker at a port
            with contextlib.suppress(DidNotStart):
                return self._start()
        return self._start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _start(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="seaweed-", dir=self._parent))
        self._log = self._folder / "weed.log"
        try:
            self._launch()
            self._await_answer()
        except BaseException:
            self._stop()
            raise
        return self

    def _launch(self) -> None:
        self._ports = dict(zip(PARTS, _free_ports(len(PARTS)), strict=True))
        config = self._folder / "s3.json"
        actions = ["Admin", "Read", "List", "Tagging", "Write"]
        identity = {"name": "tests", "credentials": [self._keys], "actions": actions}
        config.write_text(json.dumps({"identities": [identity]}))
        data = self._folder / "data"
        data.mkdir()
        command = [
            str(WEED),
            "-logtostderr=true",
            "mini",
            f"-dir={data}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            *(f"-{part}.port={port}" for part, port in self._ports.items()),
            f"-s3.config={config}",
            f"-s3.localSocket={self._folder / 's3.sock'}",
            "-volume.preStopSeconds=0",
            "-s3.autoCreateBucket=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-webdav=false",
            "-admin.ui=false",
            "-master.telemetry=false",
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own command
                command,
                cwd=self._folder,
                env={**os.environ, "TMPDIR": str(self._folder)},  # for its sockets
                stdout=log,
                stderr=log,
            )

    def _await_answer(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if READY in self._log.read_bytes() and self._answers():
                return
            time.sleep(0.05)
        raise DidNotStart(self._log.read_text()[-2000:])

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, self._ports["s3"]), 1).close()
            return True
        return False

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    for port in range(FIRST_PORT + (time.monotonic_ns() % 10_000), LAST_PORT):
        if len(found) == count:
            break
        if _is_free(port) and _is_free(port + GRPC):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def s3_at(endpoint_url: str) -> Iterator[None]:
    """The product finds S3 there meanwhile, and DynamoDB where it was.

    Setting `STORAGES` has Django make its storages anew, and with them their own client.
    """
    with override_settings(S3_ENDPOINT_URL=endpoint_url, STORAGES=dict(settings.STORAGES)):
        aws.s3.cache_clear()
        yield
    aws.s3.cache_clear()
