"""Create what is missing of tables and buckets, from the one registry. Safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand

from prework.bootstrap import create_archive, create_bucket, create_tables


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        made = [*create_tables(), *create_bucket(), *create_archive()]
        if options["verbosity"]:
            self.stdout.write("created: " + ", ".join(made) if made else "everything is there")
