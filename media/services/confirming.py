"""Confirming an upload: what S3 really has becomes the file."""

from typing import Any

from django.conf import settings

from media import queries
from media.errors import FileTooLarge, KeyMismatch, UploadMismatch, UploadMissing
from media.events import FileUploaded
from media.models import COMPLETED, Media, entity_key, sort_key
from prework import clock, objects
from prework.changes import Change, retry_stale
from prework.errors import Problem
from prework.tenancy import Actor


@retry_stale
def confirm_upload(*, actor: Actor, file_id: str, key: str) -> Media:
    """Make an uploaded file part of what it belongs to, for everybody who may read that.

    The version that S3 has now is what is served from here on: the signed URL stays valid
    for a while, but what is put there later, nobody gets. Doing it again changes nothing.
    """
    actor.require_writable()
    media = queries.access_own_upload(actor, file_id)
    if media.s3_key != key:
        raise KeyMismatch
    if media.is_completed:
        return media
    found = objects.find_object(key)
    if found is None:
        raise UploadMissing
    refusal = _misfit(media, found)
    if refusal is not None:
        objects.remove_version(key, found.version_id)
        raise refusal
    _complete(actor, media, found)
    return media


def _misfit(media: Media, found: objects.Found) -> Problem | None:
    """What is wrong with an object, by what was announced; the limit holds in any case."""
    is_as_announced = (
        media.file_size in (None, found.size)
        and media.mime_type == found.content_type
        and media.checksum_sha256 in (None, found.checksum_sha256)
    )
    if not is_as_announced:
        return UploadMismatch()
    limit = settings.MAX_UPLOAD_BYTES
    return FileTooLarge(limit=limit) if found.size > limit else None


def _complete(actor: Actor, media: Media, found: objects.Found) -> None:
    values: dict[str, Any] = {
        "kind": Media.__name__,
        "upload_status": COMPLETED,
        "s3_version_id": found.version_id,
        "file_size": found.size,
        "completed_at": clock.to_text(clock.now()),
        "gsi2pk": entity_key(actor, media.entity_type, media.entity_id),
        "gsi2sk": sort_key(media.file_id),
    }
    if found.checksum_sha256 is not None:
        values["checksum_sha256"] = found.checksum_sha256
    actions = [getattr(Media, name).set(value) for name, value in values.items()]
    actions.append(Media.expires_at.remove())
    with Change(actor=actor) as change:
        change.update(media, *actions)
        for name, value in {**values, "version": media.version + 1}.items():
            setattr(media, name, value)
        change.record(
            FileUploaded(
                owner_type=media.entity_type,
                entity_id=media.entity_id,
                user_id=media.user_id,
                new_values=media.facts,
            )
        )
