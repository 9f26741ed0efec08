"""daphne's runserver, with what goes on beside every server."""

from typing import Any

from daphne.management.commands import runserver
from django.conf import settings

from prework.wiring import resolve


class Command(runserver.Command):  # type: ignore[misc]  # daphne has no types
    def inner_run(self, *args: Any, **options: Any) -> None:
        with resolve(settings.WHILE_SERVING)():
            super().inner_run(*args, **options)
