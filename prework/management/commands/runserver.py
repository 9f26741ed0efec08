"""daphne's runserver, with what goes on beside every server."""

from typing import Any

from daphne.management.commands import runserver

from prework.wiring import within


class Command(runserver.Command):  # type: ignore[misc]  # daphne has no types
    def inner_run(self, *args: Any, **options: Any) -> None:
        with within("WHILE_SERVING"):
            super().inner_run(*args, **options)
