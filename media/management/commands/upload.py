"""Upload a file as somebody: in parts from 100 MB on, and on from where an attempt has ended."""

from argparse import ArgumentParser, ArgumentTypeError
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from tqdm import tqdm

from accounts.queries import find_actor_by_email
from media import services
from media.models import Media
from media.queries import find_media
from media.serializers import UploadInput
from prework.errors import Problem, StorageUnavailable, ValidationFailed
from prework.management.store import StoreCommand
from prework.stretches import Unsent, opened
from prework.tenancy import Actor, Origin

THREADS, MAX_THREADS = 4, 32
UNKNOWN = "application/octet-stream"
INTERRUPTED = 130  # as shells have it of Ctrl-C


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")
        parser.add_argument(
            "--entity", type=entity, required=True, metavar="TYPE:ID", help="what it belongs to"
        )
        parser.add_argument(
            "--as", dest="email", required=True, metavar="EMAIL", help="who uploads it"
        )
        parser.add_argument("--type", metavar="MEDIA/TYPE", help="by default by the file's name")
        parser.add_argument("--threads", type=thread_count, default=THREADS, metavar="NUMBER")

    def handle(self, *args: Any, path: Path, threads: int, **options: Any) -> None:
        entity_type, entity_id = options["entity"]
        given = {
            "fileName": path.name,
            "fileType": options["type"] or guess_type(path.name)[0] or UNKNOWN,
            "entityType": entity_type,
            "entityId": entity_id,
        }
        try:
            actor = acting_as(options["email"])
            sending = services.Sending(**UploadInput.read(given))
            media = self._send(path, actor, sending, threads)
            self._await_scan(actor, media)
        except StorageUnavailable:
            raise
        except ValidationFailed as problem:
            raise CommandError(_first(problem)) from problem
        except (Problem, Unsent, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped: the same goes on", returncode=INTERRUPTED) from None

    def _send(self, path: Path, actor: Actor, sending: services.Sending, threads: int) -> Media:
        with (
            tqdm(desc=path.name, unit="B", unit_scale=True, disable=None) as bar,
            opened(path, threads=threads, show=bar.update) as local,
        ):
            bar.total = local.size
            return services.send_file(actor=actor, local=local, sending=sending, threads=threads)

    def _await_scan(self, actor: Actor, media: Media) -> None:
        """Say which file it is, once it was looked through, if a scanner does that."""
        services.await_scans()
        scanned = media if media.is_completed else find_media(actor, media.file_id) or media
        if scanned.finding:
            raise CommandError(f"{scanned.file_id} is in quarantine: {scanned.finding}")
        if not scanned.is_completed:
            self.stderr.write("The scanner does not answer: the file is there when it does.")
        self.stdout.write(str(scanned.file_id))


def _first(problem: ValidationFailed) -> str:
    error = problem.extra["errors"][0]
    return f"{error['field']}: {error['detail']}"


def acting_as(email: str) -> Actor:
    """Who has this address, with what they may do now."""
    origin = Origin(request_id="manage.py upload", user_agent="manage.py upload")
    actor = find_actor_by_email(email, origin=origin)
    if actor is None:
        raise CommandError(f"nobody who may sign in has the e-mail address {email}")
    return actor


def entity(text: str) -> tuple[str, str]:
    """What a file is to belong to, on the command line."""
    kind, _, thing = text.partition(":")
    if kind not in settings.ENTITY_DOORS or not thing:
        known = ", ".join(f"{one}:ID" for one in settings.ENTITY_DOORS)
        raise ArgumentTypeError(f"{text} is none of {known}")
    return kind, thing


def thread_count(text: str) -> int:
    """How many parts go at once."""
    if not (text.isdecimal() and 1 <= int(text) <= MAX_THREADS):
        raise ArgumentTypeError(f"{text} is not a number from 1 to {MAX_THREADS}")
    return int(text)
