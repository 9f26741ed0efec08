"""Write an organisation's trail with its seals into a file that `audit.offline` checks, or leave
it in the bucket for whoever has the link."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from audit import services
from audit.management.commands.audit_verify import known, moment
from prework import clock
from prework.management.store import StoreCommand
from prework.tenancy import Origin, system_actor


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", metavar="ORGANIZATION")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("file", type=Path, metavar="FILE", nargs="?")
        where.add_argument(
            "--store", action="store_true", help="leave it in the bucket, and print a link to it"
        )
        parser.add_argument("--from", dest="since", type=moment, metavar="TIME")
        parser.add_argument("--to", dest="until", type=moment, metavar="TIME")
        parser.add_argument(
            "--without-entries", action="store_true", help="to go with an export of them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        origin = Origin(request_id="manage.py audit_bundle")
        actor = system_actor(known(options["organization"]), origin=origin)
        wanted: dict[str, Any] = {
            "actor": actor.holding({"audit.export"}),
            "since": options["since"],
            "until": options["until"],
            "has_entries": not options["without_entries"],
        }
        if options["store"]:
            self._store(services.store_bundle(**wanted))
        else:
            self._write(options["file"], services.bundle(**wanted))

    def _store(self, stored: services.Stored) -> None:
        until = clock.to_text(stored.expires_at)
        self.stdout.write(f"stored {stored.key}, {stored.size} bytes; until {until} at")
        self.stdout.write(stored.url)

    def _write(self, path: Path, lines: Iterator[bytes]) -> None:
        try:
            with path.open("wb") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"wrote {path}")
