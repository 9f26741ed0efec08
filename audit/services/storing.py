"""Leaving a bundle in the bucket, for somebody to fetch by a link, and taking it away again."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

from audit.services.bundles import bundle
from prework import aws, clock, ids
from prework.jobs import Turn
from prework.tenancy import Actor

EXPORTS = "exports"  # the storage's alias, and where in the bucket its files are
NAME = re.compile(
    r"[^/]+/audit-([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})\.jsonl"
)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A file in the bucket, and a link to it that is good until then."""

    key: str
    size: int
    url: str
    expires_at: datetime


def store_bundle(
    *,
    actor: Actor,
    since: datetime | None = None,
    until: datetime | None = None,
    has_entries: bool = True,
) -> Stored:
    """Leave what `bundle` writes in the bucket, however large it is. Needs `audit.export`.

    Who has the link has the file, for a day; the file stays for `PREWORK_EXPORT_DAYS`. That it
    was taken, and where it is, is in the trail before. Raises `StorageUnavailable`.
    """
    name = f"{actor.organization_id}/audit-{ids.new_id()}.jsonl"
    key = f"{EXPORTS}/{name}"
    lines = bundle(actor=actor, since=since, until=until, has_entries=has_entries, kept_as=key)
    with tempfile.TemporaryFile() as file:  # on disk: S3 wants to know how long it is
        file.writelines(lines)
        size = file.tell()
        _save(name, file)
    expires_at = clock.now() + timedelta(seconds=settings.EXPORT_LINK_SECONDS)
    return Stored(key=key, size=size, url=_link(name), expires_at=expires_at)


def remove_old_exports(turn: Turn) -> None:
    """Remove what has been in the bucket for longer than it is to be.

    Each file is whole by itself, and removed again is no trouble. Raises `StorageUnavailable`.
    """
    before = clock.now() - timedelta(days=settings.EXPORT_DAYS)
    for name in turn.steps(_each_name(), "exports"):
        matched = NAME.fullmatch(name)
        if matched and ids.moment_of(matched[1]) < before:
            storages[EXPORTS].delete(name)


def _save(name: str, file: IO[bytes]) -> None:
    with aws.answering():
        storages[EXPORTS].save(name, File(file))


def _link(name: str) -> str:
    parameters = {"ResponseContentDisposition": f'attachment; filename="{name.split("/")[-1]}"'}
    url: str = storages[EXPORTS].url(  # type: ignore[call-arg]  # of S3Storage
        name, parameters=parameters, expire=settings.EXPORT_LINK_SECONDS
    )
    return url


def _each_name() -> Iterator[str]:
    with aws.answering():
        organizations, _ = storages[EXPORTS].listdir("")
        for organization_id in organizations:
            _, files = storages[EXPORTS].listdir(organization_id)
            yield from (f"{organization_id}/{file}" for file in files)
