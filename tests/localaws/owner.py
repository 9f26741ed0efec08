"""A process that owns an embedded AWS, so that a test can kill it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from prework.localaws import LocalAws

CHECKOUT = Path(__file__).resolve().parents[2]


class Owner:
    """Starts that process in a group of its own; the engine is in the same group."""

    def __init__(self, *, data_dir: Path | None = None) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and arguments
            [sys.executable, "-m", "tests.localaws.owner", *([str(data_dir)] if data_dir else [])],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self.endpoint_url: str = said["endpoint_url"]
        self.access_key: str = said["access_key"]
        self.secret_key: str = said["secret_key"]
        self.engine: int = said["engine"]
        self.folder = Path(said["folder"])

    def kill(self) -> None:
        """kill -9 of this process alone."""
        self._process.kill()
        self._reap()

    def kill_everything(self) -> None:
        """kill -9 of the process, the engine, and a checkpoint that is being written."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._reap()

    def _reap(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()


def main(data_dir: str | None) -> None:
    """Start embedded AWS, say where it is, and hold it until standard input ends."""
    aws = LocalAws(data_dir) if data_dir else LocalAws(memory=True)
    with aws:
        said = {
            "endpoint_url": aws.endpoint_url,
            "access_key": aws.access_key,
            "secret_key": aws.secret_key,
            "engine": aws.process_id,
            "folder": str(aws.folder),
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
