"""Beginning an upload: a signed URL, and a record that it was handed out."""

import re
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from django.conf import settings

from media import queries
from media.errors import FileTooLarge, UnsupportedMediaType
from media.models import (
    METADATA,
    PendingUpload,
    media_key,
    object_key,
    pending_keys,
    sort_key,
    upload_limit,
    user_key,
)
from media.services.reserving import reserve
from prework import clock, ids, objects
from prework.entities import Entity
from prework.filenames import key_name
from prework.tenancy import Actor

# Names as RFC 6838 §4.2 has them, with parameters as browsers' recorders write them, commas and
# all: `video/webm;codecs=vp8,opus`. It goes into a signature as it is, so it has to be a header.
NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
PARAMETER = rf'{NAME}=({NAME}(,{NAME})*|"[A-Za-z0-9!#$&^_.+, -]{{1,126}}")'
MEDIA_TYPE = re.compile(rf"({NAME}/{NAME})( ?; ?{PARAMETER})*")


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
    """Hand out a URL to put one file to; S3 is not asked, and nothing is shown to others yet.

    What is announced is held in the quotas from here on. Raises `QuotaExceeded`.
    """
    actor.require_writable()
    actor.require("media.upload")
    check_type(file_type)
    if file_size is not None and file_size > upload_limit():
        raise FileTooLarge(limit=upload_limit())
    entity = queries.access_writable(actor, entity_type, entity_id)
    pending = new_pending(actor, entity, file_name, file_type)
    pending.file_size, pending.checksum_sha256 = file_size, checksum_sha256
    url, headers = objects.signed_put(
        pending.s3_key, content_type=file_type, size=file_size, checksum_sha256=checksum_sha256
    )
    reserve(actor, pending)
    return Upload(
        upload_url=url,
        key=pending.s3_key,
        file_id=pending.file_id,
        headers=headers,
        expires_in=settings.UPLOAD_URL_SECONDS,
    )


def new_pending(
    actor: Actor, entity: Entity, file_name: str, file_type: str, *, seconds: int | None = None
) -> PendingUpload:
    """The record of an upload to be, that nobody has to confirm later than in so many seconds."""
    file_id = ids.new_id()
    lifetime = timedelta(seconds=seconds or settings.PENDING_UPLOAD_SECONDS)
    expires_at = clock.to_epoch(clock.now() + lifetime)
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


def check_type(file_type: str) -> None:
    """Refuse a type that is none, or not taken."""
    matched = MEDIA_TYPE.fullmatch(file_type)
    essence = matched[1].lower() if matched else ""
    if not any(fnmatchcase(essence, allowed) for allowed in settings.ALLOWED_MEDIA_TYPES):
        raise UnsupportedMediaType
