"""Seal the trail's closed windows: of whoever has entries since all was sealed, or of all."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError

from audit import services
from audit.engine.keys import BadKey
from audit.services import chain
from audit.services.sealing import ChainBroken, ClockWrong, check_clock
from audit.services.windows import closed_until
from prework import clock
from prework.jobs import Turn
from prework.management.store import StoreCommand
from prework.tenancy import system_actor


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--organization", action="append", metavar="ID")
        which.add_argument(
            "--all",
            action="store_true",
            help="every organisation, also of before there were seals",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["all"] or options["organization"]:
                self._seal(options["organization"] or chain.organization_ids())
            else:
                self._seal_active()
        except (BadKey, ClockWrong, ChainBroken) as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error

    def _seal_active(self) -> None:
        done = services.seal_active(Turn(), now=clock.now())
        self.stdout.write(f"{done.organizations} organisations, {done.digests} digests made")
        if done.failed:
            raise CommandError(f"{done.failed} organisations could not be sealed: see the log")

    def _seal(self, organization_ids: Iterable[str]) -> None:
        check_clock()
        until = closed_until(clock.now())
        for organization_id in organization_ids:
            actor = system_actor(organization_id)
            made = services.seal_organization(actor=actor, until=until, turn=Turn())
            self.stdout.write(f"{organization_id}: {made} digests made")
