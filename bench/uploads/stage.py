"""What is measured: a server process on embedded AWS, with its bucket on SeaweedFS."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.realtime.site import CHECKOUT, PRODUCT, UNLIMITED, Server, Site
from prework.localaws import LocalAws
from tests.seaweed import SeaweedFs


@dataclass(frozen=True)
class Stage:
    """A server, somebody signed in to it, and where the bytes go."""

    site: Site
    seaweed: SeaweedFs
    user_id: str

    @property
    def server(self) -> Server:
        """The one server."""
        return self.site.servers[0]

    def forget_peak(self) -> None:
        """Let the server's peak memory begin anew (proc(5), clear_refs)."""
        Path(f"/proc/{self.server.process.pid}/clear_refs").write_text("5")

    @property
    def peak_megabytes(self) -> float:
        """The most memory that the server had since."""
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """All of it, started, and gone afterwards; SeaweedFS keeps its bytes in the folder."""
    with ExitStack() as stack:
        aws = stack.enter_context(LocalAws(memory=True))
        seaweed = stack.enter_context(SeaweedFs(aws.access_key, aws.secret_key, folder=folder))
        os.environ["AWS_ACCESS_KEY_ID"] = aws.access_key
        os.environ["AWS_SECRET_ACCESS_KEY"] = aws.secret_key
        environment = {
            **os.environ,
            **UNLIMITED,
            "DJANGO_SETTINGS_MODULE": "prework.settings",
            "PREWORK_AWS_ENDPOINT_URL": aws.endpoint_url,
            "PREWORK_S3_ENDPOINT_URL": seaweed.endpoint_url,
            "PREWORK_LOG_LEVEL": "WARNING",
        }
        _bootstrap(environment)
        server = _start(environment, stack)
        server.await_ready()
        site = Site(aws, [server])
        site.register()
        yield Stage(site, seaweed, site.call("GET", "/api/auth/me")["userId"])


def _bootstrap(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "aws_bootstrap"],
        cwd=CHECKOUT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _start(environment: dict[str, str], stack: ExitStack) -> Server:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        process = subprocess.Popen(  # noqa: S603  our own interpreter and program
            [sys.executable, "-c", PRODUCT.format(fileno=reserved.fileno())],
            cwd=CHECKOUT,
            pass_fds=[reserved.fileno()],
            env=environment,
        )
        port = int(reserved.getsockname()[1])
    stack.callback(process.wait)
    stack.callback(process.kill)
    return Server(port, process)
