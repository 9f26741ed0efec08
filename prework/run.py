"""`make run` and `make dev`: embedded AWS, tables and bucket, the demo organisation, the server,
and the jobs beside it.

    python -m prework.run             serve with uvicorn
    python -m prework.run --reload    serve with daphne's runserver, which restarts on every edit

A second server process on the same embedded AWS, on another port (the first prints its endpoint):

    PREWORK_PORT=8001 PREWORK_AWS_ENDPOINT_URL=http://127.0.0.1:… \\
    AWS_SHARED_CREDENTIALS_FILE=.localaws/credentials python -m prework.run

It starts embedded AWS before Django's settings are read, because they read its address from the
environment; so this is a module and not a `manage.py` command.
"""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from environs import EnvError

from prework.errors import Problem
from prework.localaws import DataDirInUse, LocalAws, LocalAwsFailed
from prework.scheduling.beside import jobs_beside
from prework.serve import ServerFailed, serve, serve_and_reload

HOST = "127.0.0.1"
CHECKOUT = Path(__file__).resolve().parent.parent
# What a developer's own AWS set-up might put in the way of embedded AWS.
FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")

ADDRESSES = """
prework           {url}
API docs          {url}/api/docs
Staff site        {url}/admin/
AWS               {aws}
"""
SIGN_INS = """\
Sign in as        admin@, manager@, member@ or staff@demo.prework.test
Password          {password}
Ctrl-C stops it. What was stored is there the next time.
"""


class PortInUse(Exception):
    """Something else listens on the port."""


def main() -> int:
    """Run until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m prework.run")
    parser.add_argument("--reload", action="store_true", help="restart on every edit")
    options = parser.parse_args()
    try:
        _stop_on_signals()
        _run(reload=options.reload)
    except KeyboardInterrupt:
        return 0
    except (
        CommandError,
        DataDirInUse,
        EnvError,
        ImproperlyConfigured,
        LocalAwsFailed,
        PortInUse,
        Problem,
        ServerFailed,
    ) as error:
        sys.stderr.write(f"prework: {error}\n")
        return 1
    return 0


def _run(*, reload: bool) -> None:
    with _reserved_port() as reserved, _aws() as embedded:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prework.settings")
        django.setup()
        if settings.PREWORK_AWS == "embedded":  # no published password ever gets to a real AWS
            call_command("aws_bootstrap")
            call_command("demo")
        with jobs_beside():
            if reload:
                port = reserved.getsockname()[1]
                reserved.close()
                serve_and_reload(HOST, port, embedded, when_ready=_print_addresses)
            else:
                serve(reserved, embedded, when_ready=_print_addresses)


def _stop_on_signals() -> None:
    """Let SIGTERM and a closed terminal end this process as Ctrl-C does, cleaning up behind it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


@contextmanager
def _reserved_port() -> Iterator[socket.socket]:
    """The server's port, taken before anything is started; it listens when the server is ready."""
    text = os.environ.get("PREWORK_PORT") or "8000"
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            reserved.bind((HOST, int(text)))
        except (OSError, OverflowError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise PortInUse(f"cannot use port {text} (PREWORK_PORT): {reason}") from error
        yield reserved


@contextmanager
def _aws() -> Iterator[LocalAws | None]:
    """Embedded AWS, made known to the settings; or None where the settings name another."""
    in_production = os.environ.get("PREWORK_ENV", "development") == "production"
    kind = os.environ.get("PREWORK_AWS") or ("aws" if in_production else "embedded")
    if kind != "embedded" or os.environ.get("PREWORK_AWS_ENDPOINT_URL"):
        yield None
        return
    with LocalAws(os.environ.get("PREWORK_DATA_DIR") or CHECKOUT / ".localaws") as aws:
        for name in FOREIGN:
            os.environ.pop(name, None)
        os.environ["PREWORK_AWS_ENDPOINT_URL"] = aws.endpoint_url
        os.environ["AWS_ACCESS_KEY_ID"] = aws.access_key
        os.environ["AWS_SECRET_ACCESS_KEY"] = aws.secret_key
        # Tables belong to a region: another one tomorrow would show none of today's data.
        os.environ["AWS_REGION"] = "us-east-1"
        yield aws


def _print_addresses(url: str) -> None:
    aws = settings.AWS_ENDPOINT_URL or f"AWS in {settings.AWS_REGION}"
    sys.stdout.write(ADDRESSES.format(url=url, aws=aws))
    if settings.PREWORK_AWS == "embedded":
        sys.stdout.write(SIGN_INS.format(password=settings.DEMO_PASSWORD))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
