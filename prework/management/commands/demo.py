"""Make the demo organisation, or what is missing of it."""

from typing import Any

from django.core.management.base import BaseCommand

from prework.demo import make_demo


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        made = list(make_demo())
        self.stdout.write("created: " + ", ".join(made) if made else "everything is there")
