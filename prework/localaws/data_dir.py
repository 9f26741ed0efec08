"""The folder embedded AWS keeps its data in: who may use it now, its credentials, its port."""

import configparser
import fcntl
import os
import secrets
import time
from pathlib import Path

# How long a new start waits for another engine to let go: one whose owner was killed is writing
# its last checkpoint; one whose owner lives might be stopping just now.
ORPHAN_SECONDS = 30.0
LIVING_SECONDS = 2.0


class DataDirInUse(Exception):
    """Another process is using this data directory."""


class DataDir:
    """One folder, used by one engine at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.state = self.path / "state"
        self.objects = self.path / "s3"
        self.scratch = self.path / "tmp"
        self.log = self.path / "engine.log"

    def make(self) -> None:
        """Create the folder and its parts, readable by this user alone."""
        for folder in (self.path, self.state, self.objects, self.scratch):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def lock(self) -> int:
        """Take the folder for this process, or raise `DataDirInUse`.

        The lock is the kernel's (flock): it goes with the last process that holds the returned
        descriptor, however that process ends. The engine inherits it and may outlive a killed
        owner for the moment of its last checkpoint; only that is waited for.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        began = time.monotonic()
        while not _try_flock(descriptor):
            owner = _read_owner(descriptor)
            patience = LIVING_SECONDS if _is_alive(owner) else ORPHAN_SECONDS
            if time.monotonic() - began > patience:
                os.close(descriptor)
                raise DataDirInUse(f"{self.path} is in use by another prework (process {owner})")
            time.sleep(0.1)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return descriptor

    def credentials(self) -> tuple[str, str]:
        """Access key and secret of this folder, made once, so that signed URLs stay good.

        Kept in the format of AWS's shared credentials file:
        `AWS_SHARED_CREDENTIALS_FILE=.localaws/credentials aws --endpoint-url … s3 ls`.
        """
        path = self.path / "credentials"
        parser = configparser.ConfigParser()
        if not parser.read(path):
            parser["default"] = {
                "aws_access_key_id": f"PREWORKLOCAL{secrets.token_hex(4).upper()}",
                "aws_secret_access_key": secrets.token_urlsafe(30),
            }
            _write_private(path, parser)
        keys = parser["default"]
        return keys["aws_access_key_id"], keys["aws_secret_access_key"]

    def last_port(self) -> int:
        """The port of the last run, 0 if there was none: a signed URL names its port."""
        try:
            return int((self.path / "port").read_text())
        except (OSError, ValueError):
            return 0

    def keep_port(self, port: int) -> None:
        """Remember the port for the next run."""
        (self.path / "port").write_text(str(port))


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_owner(descriptor: int) -> int:
    text = os.pread(descriptor, 20, 0)
    return int(text) if text.isdigit() else 0


def _is_alive(process_id: int) -> bool:
    if not process_id:
        return True  # it has only just taken the lock and not yet signed it
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write_private(path: Path, parser: configparser.ConfigParser) -> None:
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        parser.write(file)
    aside.replace(path)
