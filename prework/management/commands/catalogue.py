"""Write the catalogues in docs/ anew, or with --check say which are stale."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from prework.catalogue import pages, stale_pages


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing, fail if stale")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        if check:
            stale = stale_pages()
            if stale:
                raise CommandError(f"stale: {', '.join(stale)}. Run `make docs`.")
            return
        for path, text in pages().items():
            path.write_text(text)
            self.stdout.write(f"wrote docs/{path.name}")
