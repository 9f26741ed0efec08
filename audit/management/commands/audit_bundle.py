"""Write an organisation's trail with its seals into a file that `audit.offline` checks."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from audit import services
from audit.management.commands.audit_verify import known, moment
from prework.management.store import StoreCommand
from prework.tenancy import Origin, system_actor


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", metavar="ORGANIZATION")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--from", dest="since", type=moment, metavar="TIME")
        parser.add_argument("--to", dest="until", type=moment, metavar="TIME")
        parser.add_argument(
            "--without-entries", action="store_true", help="to go with an export of them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        origin = Origin(request_id="manage.py audit_bundle")
        actor = system_actor(known(options["organization"]), origin=origin)
        lines = services.bundle(
            actor=actor.holding({"audit.export"}),
            since=options["since"],
            until=options["until"],
            has_entries=not options["without_entries"],
        )
        try:
            with options["file"].open("wb") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"wrote {options['file']}")
