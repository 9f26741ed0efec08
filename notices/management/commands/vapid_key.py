"""Print a new key for push messages, as the environment takes it."""

from typing import Any

from django.core.management.base import BaseCommand

from notices.engine import vapid


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"PREWORK_VAPID_PRIVATE_KEY={vapid.new_private_key()}")
