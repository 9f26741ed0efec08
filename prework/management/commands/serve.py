"""Serve as `make run` does, on whatever AWS the settings name, behind a proxy."""

import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from prework.scheduling.beside import jobs_beside
from prework.serve import ServerFailed, serve


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        address = options["host"], options["port"]
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as reserved:
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                reserved.bind(address)
                with jobs_beside():
                    serve(reserved, None, when_ready=self.stdout.write)
            except (OSError, OverflowError, ServerFailed) as failure:
                raise CommandError(f"cannot serve on {address}: {failure}") from failure
