"""Compare every counter with the rows that it counts; with --fix mend those that are wrong.

It may run beside servers. It fails if something is wrong and not mended.
"""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.module_loading import import_string
from tqdm import tqdm

from prework.management.store import StoreCommand
from prework.reconciling import Difference, Reconciler, differences
from prework.tenancy import Origin, system_actor
from prework.wiring import resolve

ORIGIN = Origin(request_id="manage.py reconcile")
INDEX_LAG_SECONDS = 2.0


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", help="the id of one; without, every organisation")
        parser.add_argument("--fix", action="store_true", help="mend what is wrong")
        parser.add_argument(
            "--pause",
            type=float,
            default=INDEX_LAG_SECONDS,
            help="seconds between two looks at what seems wrong; an index lags by about one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        named = options["organization"]
        organizations = [named] if named else resolve(settings.EVERY_ORGANIZATION)()
        compared = wrong = left = 0
        for organization_id, found in self._all(organizations, options):
            compared += 1
            if found is not None:
                wrong += 1
                left += not found.is_mended
                self.stdout.write(_line(organization_id, found))
        if named and not compared:
            raise CommandError(f"there is no organisation {named}")
        self.stdout.write(f"{compared} compared, {wrong} wrong, {wrong - left} mended")
        if left:
            raise CommandError(f"{left} wrong" + ("" if options["fix"] else "; --fix mends them"))

    def _all(
        self, organizations: Any, options: dict[str, Any]
    ) -> Iterator[tuple[str, Difference | None]]:
        for organization_id in tqdm(organizations, "reconciling", disable=None, unit="org"):
            actor = system_actor(organization_id, origin=ORIGIN)
            for path in settings.RECONCILERS:
                reconciler: Reconciler = import_string(path)
                for found in differences(
                    actor,
                    reconciler,
                    is_fixing=options["fix"],
                    pause_seconds=options["pause"],
                ):
                    yield organization_id, found


def _line(organization_id: str, found: Difference) -> str:
    end = ": mended" if found.is_mended else ""
    return f"{organization_id} {found.name} {found.thing_id}: {found.detail}{end}"
