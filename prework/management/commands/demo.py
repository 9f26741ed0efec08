"""Make the demo organisation, or what is missing of it."""

from typing import Any

from prework.demo import make_demo
from prework.management.store import StoreCommand


class Command(StoreCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        made = list(make_demo())
        self.stdout.write("created: " + ", ".join(made) if made else "everything is there")
