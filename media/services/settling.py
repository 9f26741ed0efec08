"""Settling an upload: what S3 really has is looked at, and becomes the file or is refused."""

from typing import Any

from media.errors import QuotaExceeded, UploadMissing
from media.models import Media
from media.services import quotas
from media.services.finishing import finish, keep
from media.services.inspecting import inspect
from media.services.removing import remove_bytes
from media.services.reserving import give_up
from media.services.scanning import hold
from prework import objects
from prework.changes import Change
from prework.scanner import scanner
from prework.tenancy import Actor


def settle(actor: Actor, media: Media) -> Media:
    """The pending upload as a file, of the very version that S3 has now; where there is a scanner,
    as one that is being scanned, which nobody else sees yet.

    Raises `UploadMissing`; and, after it has removed what was put, what `inspect` finds wrong, or
    `QuotaExceeded` for more than was announced; then, or if it came in parts, there is no upload
    any more.
    """
    found = objects.find_object(media.s3_key)
    if found is None:
        raise UploadMissing
    refusal = inspect(media, found)
    if refusal is not None:
        if media.upload_id:  # nothing more can come to its key
            _refuse(actor, media)
        else:  # what is wrong with this version is so whoever looks: nobody confirms it
            objects.remove_version(media.s3_key, found.version_id)
        raise refusal
    become = hold if scanner().is_there else _complete
    more = found.size - int(media.charged_bytes)
    try:
        with quotas.refusing(actor, media.user_id, more):
            become(actor, media, _pinned(found), more)
    except QuotaExceeded:
        _refuse(actor, media)
        raise
    return media


def _refuse(actor: Actor, media: Media) -> None:
    """The record goes first: had there been room meanwhile, or was it put together of the parts of
    another attempt, another confirmation of the same version could have been written, and what it
    pins must not go.
    """
    give_up(actor, media)
    remove_bytes(media)


def _pinned(found: objects.Found) -> dict[str, Any]:
    """What the record holds from here on of the object that was found."""
    checksum = {"checksum_sha256": found.checksum_sha256} if found.checksum_sha256 else {}
    return {
        "s3_version_id": found.version_id,
        "file_size": found.size,
        "charged_bytes": found.size,
        **checksum,
    }


def _complete(actor: Actor, media: Media, pinned: dict[str, Any], more: int) -> None:
    with Change(actor=actor) as change:
        values, event = finish(change, media, pinned)
        quotas.charge(change, actor, media.user_id, more)
        change.record(event)
    keep(media, values)
