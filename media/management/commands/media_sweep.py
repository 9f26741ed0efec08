"""Find what uploads have left behind; with --apply remove it.

These are uploads that nobody confirmed in time, with what the quotas hold for them; objects
without a record, and versions that are not the file's; renditions of files that are gone; and
unfinished uploads in parts that no pending upload is about. What the server writes under other
keys is left alone. It may run beside servers and jobs, twice at once, and be begun again.
"""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from media import services
from prework.errors import NotRemoved
from prework.management.store import StoreCommand

GRACE_HOURS = 24
WORDS = {
    "upload": "uploads that nobody confirmed",
    "object": "objects without a record",
    "version": "versions that are not the file's",
    "rendition": "renditions of files that are gone",
    "parts": "unfinished uploads in parts",
}


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="remove it")
        parser.add_argument(
            "--grace",
            type=_hours,
            default=timedelta(hours=GRACE_HOURS),
            metavar="HOURS",
            help=f"how old what is of no file has to be, 1 at least (default {GRACE_HOURS})",
        )

    def handle(self, *args: Any, apply: bool, grace: timedelta, **options: Any) -> None:
        self._verb = "removed" if apply else "would remove"
        self._counts: Counter[str] = Counter()
        self._sizes: Counter[str] = Counter()
        self._has_kept = False
        self._uploads(apply=apply)
        foreign = self._orphans(apply=apply, grace=grace)
        self._sum_up(apply=apply, foreign=foreign)
        if self._has_kept:
            raise CommandError("S3 does not let go of some: under a legal hold?")

    def _uploads(self, *, apply: bool) -> None:
        for upload in tqdm(services.each_overdue(), "uploads", disable=None, unit="upload"):
            with self._keeping():
                if apply:
                    found = upload if services.sweep_upload(upload) else None
                else:
                    found = services.find_unconfirmed(upload)
                if found is not None:
                    self._tell("upload", found.s3_key, int(found.charged_bytes))

    def _orphans(self, *, apply: bool, grace: timedelta) -> int:
        foreign = 0
        with tqdm(desc="objects", disable=None, unit="object") as bar:
            for page in services.each_page(grace):
                with self._keeping():
                    if apply:
                        services.remove_orphans(page.orphans)
                    for orphan in page.orphans:
                        self._tell(orphan.what, orphan.key, orphan.size)
                foreign += page.foreign
                bar.update(page.seen)
        return foreign

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Go on past what S3 does not let go; of a page of the bucket some may be gone then."""
        try:
            yield
        except NotRemoved:
            self._has_kept = True

    def _tell(self, what: str, key: str, size: int) -> None:
        self._counts[what] += 1
        self._sizes[what] += size
        self.stdout.write(f"{self._verb} {what} {key} ({size} bytes)")

    def _sum_up(self, *, apply: bool, foreign: int) -> None:
        for what, words in WORDS.items():
            self.stdout.write(f"{self._counts[what]} {words}: {self._sizes[what]} bytes")
        self.stdout.write(f"{foreign} objects are not of uploads, and left alone")
        total, size = self._counts.total(), self._sizes.total()
        end = "removed" if apply else "to be removed" + ("; --apply does it" if total else "")
        self.stdout.write(f"{total} things, {size} bytes {end}")


def _hours(text: str) -> timedelta:
    """No fewer than one: what is just being begun looks like what was left."""
    hours = float(text)
    if not 1 <= hours <= 24 * 365:
        raise ValueError
    return timedelta(hours=hours)
