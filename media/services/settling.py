"""Settling an upload: what S3 really has is looked at, and becomes the file or is refused."""

from typing import Any

from media.errors import QuotaExceeded, UploadMissing
from media.events import FileUploaded
from media.models import COMPLETED, Media, entity_key, sort_key
from media.services import quotas
from media.services.inspecting import inspect
from media.services.removing import remove_bytes
from media.services.reserving import give_up
from prework import clock, objects
from prework.changes import Change
from prework.tenancy import Actor


def settle(actor: Actor, media: Media) -> Media:
    """The pending upload as a file, of the very version that S3 has now.

    Raises `UploadMissing`; and, after it has removed what was put, what `inspect` finds wrong, or
    `QuotaExceeded` for more than was announced; then there is no upload any more.
    """
    found = objects.find_object(media.s3_key)
    if found is None:
        raise UploadMissing
    refusal = inspect(media, found)
    if refusal is not None:
        objects.remove_version(media.s3_key, found.version_id)
        raise refusal
    try:
        _complete(actor, media, found)
    except QuotaExceeded:
        _refuse(actor, media)
        raise
    return media


def _refuse(actor: Actor, media: Media) -> None:
    """The record goes first: had there been room meanwhile, another confirmation of the same
    version could have been written, and what it pins must not go.
    """
    give_up(actor, media)
    remove_bytes(media)


def _complete(actor: Actor, media: Media, found: objects.Found) -> None:
    values: dict[str, Any] = {
        "kind": Media.__name__,
        "upload_status": COMPLETED,
        "s3_version_id": found.version_id,
        "file_size": found.size,
        "charged_bytes": found.size,
        "completed_at": clock.to_text(clock.now()),
        "gsi2pk": entity_key(actor, media.entity_type, media.entity_id),
        "gsi2sk": sort_key(media.file_id),
    }
    if found.checksum_sha256 is not None:
        values["checksum_sha256"] = found.checksum_sha256
    actions = [getattr(Media, name).set(value) for name, value in values.items()]
    actions.append(Media.expires_at.remove())
    more = found.size - int(media.charged_bytes)
    with quotas.refusing(actor, media.user_id, more), Change(actor=actor) as change:
        change.update(media, *actions)  # first: who is too late hears of that, and not of quotas
        quotas.charge(change, actor, media.user_id, more)
        change.record(
            FileUploaded(
                owner_type=media.entity_type,
                entity_id=media.entity_id,
                user_id=media.user_id,
                new_values={name: values.get(name, was) for name, was in media.facts.items()},
            )
        )
    for name, value in {**values, "version": media.version + 1}.items():
        setattr(media, name, value)
