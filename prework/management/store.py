"""Commands that work on the store: on the embedded AWS that `make run` has up, if no other."""

import os
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from prework.errors import StorageUnavailable
from prework.localaws import DataDir

CHECKOUT = Path(__file__).resolve().parents[2]


class StoreCommand(BaseCommand):
    """A command that asks the store; one that does not answer is told in one line."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        join_embedded()
        try:
            return super().execute(*args, **options)
        except StorageUnavailable as error:
            raise CommandError("the store does not answer: `manage.py doctor`") from error


def join_embedded() -> None:
    """Go to the embedded AWS that runs on `PREWORK_DATA_DIR`, unless another is named.

    Raises `CommandError` if none runs there.
    """
    if settings.PREWORK_AWS != "embedded" or settings.AWS_ENDPOINT_URL:
        return
    folder = DataDir(Path(os.environ.get("PREWORK_DATA_DIR") or CHECKOUT / ".localaws"))
    address = "127.0.0.1", folder.last_port()
    try:
        socket.create_connection(address, 1).close()
    except OSError:
        raise CommandError(
            f"no embedded AWS runs on {folder.path}: `make run` starts one. Or name another by "
            "PREWORK_AWS_ENDPOINT_URL, or AWS itself by PREWORK_AWS=aws"
        ) from None
    settings.AWS_ENDPOINT_URL = "http://{}:{}".format(*address)
    os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = folder.credentials()
    settings.AWS_REGION = "us-east-1"
