"""Putting files up and taking them away. The bytes go straight between the client and S3."""

from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import structlog
from django.conf import settings

from media import queries
from media.errors import (
    FileTooLarge,
    KeyMismatch,
    UnsupportedMediaType,
    UploadMismatch,
    UploadMissing,
)
from media.events import FileDeleted, FileUploaded
from media.models import (
    COMPLETED,
    METADATA,
    Media,
    PendingUpload,
    entity_key,
    media_key,
    object_key,
    pending_keys,
    sort_key,
    user_key,
)
from prework import clock, ids, ledger, objects
from prework.changes import Change, retry_stale
from prework.entities import Entity
from prework.errors import Problem, Stale
from prework.filenames import key_name
from prework.tenancy import Actor

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Where to put a file, and with which headers: exactly those are in the signature."""

    upload_url: str
    key: str
    file_id: str
    headers: dict[str, str]
    expires_in: int
    method: str = "PUT"


def start_upload(
    *,
    actor: Actor,
    file_name: str,
    file_type: str,
    entity_type: str,
    entity_id: str,
    file_size: int | None = None,
    checksum_sha256: str | None = None,
) -> Upload:
    """Hand out a URL to put one file to; S3 is not asked, and nothing is shown to others yet."""
    actor.require("media.upload")
    _check_type(file_type)
    if file_size is not None and file_size > settings.MAX_UPLOAD_BYTES:
        raise FileTooLarge(_limit())
    entity = queries.access_writable(actor, entity_type, entity_id)
    pending = _pending(actor, entity, file_name, file_type)
    pending.file_size, pending.checksum_sha256 = file_size, checksum_sha256
    url, headers = objects.signed_put(
        pending.s3_key, content_type=file_type, size=file_size, checksum_sha256=checksum_sha256
    )
    ledger.put(pending)
    return Upload(
        upload_url=url,
        key=pending.s3_key,
        file_id=pending.file_id,
        headers=headers,
        expires_in=settings.UPLOAD_URL_SECONDS,
    )


def _pending(actor: Actor, entity: Entity, file_name: str, file_type: str) -> PendingUpload:
    file_id = ids.new_id()
    expires_at = clock.to_epoch(clock.now() + timedelta(seconds=settings.PENDING_UPLOAD_SECONDS))
    gsi3pk, gsi3sk = pending_keys(file_id, expires_at)
    return PendingUpload(
        media_key(actor, file_id),
        METADATA,
        file_id=file_id,
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        entity_type=entity.entity_type,
        entity_id=entity.entity_id,
        file_name=file_name,
        s3_key=object_key(
            actor, entity.entity_type, entity.entity_id, key_name(file_name, file_id)
        ),
        mime_type=file_type,
        created_at=clock.to_text(clock.now()),
        expires_at=expires_at,
        gsi1pk=user_key(actor, actor.user_id),
        gsi1sk=sort_key(file_id),
        gsi3pk=gsi3pk,
        gsi3sk=gsi3sk,
    )


@retry_stale
def confirm_upload(*, actor: Actor, file_id: str, key: str) -> Media:
    """Make an uploaded file part of what it belongs to, for everybody who may read that.

    The version that S3 has now is what is served from here on: the signed URL stays valid
    for a while, but what is put there later, nobody gets. Doing it again changes nothing.
    """
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
    return FileTooLarge(_limit()) if found.size > settings.MAX_UPLOAD_BYTES else None


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
    actions += [Media.expires_at.remove(), Media.gsi3pk.remove(), Media.gsi3sk.remove()]
    with Change(actor=actor) as change:
        change.update(media, *actions)
        for name, value in {**values, "version": media.version + 1}.items():
            setattr(media, name, value)
        change.record(
            FileUploaded(
                owner_type=media.entity_type,
                entity_id=media.entity_id,
                user_id=media.user_id,
                new_values=_facts(media),
            )
        )


@retry_stale
def delete_media(*, actor: Actor, file_id: str) -> None:
    """Remove a file: nobody finds it any more, and its bytes go too.

    The record goes first. Should S3 fail then, the object is one without a record, which
    nobody can reach, and the sweep of such objects takes it away; the other way round there
    would be a record of a file that is gone.
    """
    media = queries.access_media(actor, file_id, to_remove=True)
    actor.check_match(media.etag)
    if media.is_completed:
        _remove_record(actor, media)
    elif not ledger.take(PendingUpload, media.pk, media.sk, Media.version == media.version):
        raise Stale
    try:
        objects.remove_object(media.s3_key)
    except Exception:  # whatever it was, the file is deleted; the sweep removes what is left
        log.exception("object_left", key=media.s3_key)


def _remove_record(actor: Actor, media: Media) -> None:
    with Change(actor=actor) as change:
        change.delete(media, Media.version == media.version, Stale)
        change.record(
            FileDeleted(
                owner_type=media.entity_type,
                entity_id=media.entity_id,
                old_values=_facts(media),
            )
        )


def _facts(media: Media) -> dict[str, Any]:
    """What the audit trail shows of a file."""
    return {
        "file_id": media.file_id,
        "file_name": media.file_name,
        "file_size": media.file_size,
        "mime_type": media.mime_type,
        "checksum_sha256": media.checksum_sha256,
        "key": media.s3_key,
        "user_id": media.user_id,
    }


def _check_type(file_type: str) -> None:
    essence = file_type.partition(";")[0].strip().lower()
    if not any(fnmatchcase(essence, allowed) for allowed in settings.ALLOWED_MEDIA_TYPES):
        raise UnsupportedMediaType


def _limit() -> str:
    return f"A file is at most {settings.MAX_UPLOAD_BYTES} bytes."
