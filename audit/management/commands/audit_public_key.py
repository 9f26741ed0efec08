"""Print the public key of the seals, as auditors need it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.engine.keys import BadKey, key_id, to_pem
from audit.services.keys import signer
from prework.errors import StorageUnavailable


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = signer().public_key
        except (BadKey, StorageUnavailable) as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"key id {key_id(key)}")
        self.stdout.write(to_pem(key), ending="")
