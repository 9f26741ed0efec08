"""Create what is missing of tables and buckets, from the one registry. Safe to run again."""

from typing import Any

from prework.bootstrap import create_archive, create_bucket, create_tables
from prework.management.store import StoreCommand


class Command(StoreCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        made = [*create_tables(), *create_bucket(), *create_archive()]
        if options["verbosity"]:
            self.stdout.write("created: " + ", ".join(made) if made else "everything is there")
