"""Taking files away."""

import structlog

from accounts import services as accounts
from media import queries
from media.events import FileDeleted, QuarantineRemoved
from media.models import PENDING, QUARANTINED, Media
from media.services import quotas
from media.services.rendering import remove_pictures
from media.services.reserving import give_up
from prework import objects
from prework.changes import Change, retry_stale
from prework.errors import Stale
from prework.tenancy import Actor

log = structlog.get_logger(__name__)


@retry_stale
def delete_media(*, actor: Actor, file_id: str) -> None:
    """Remove a file: nobody finds it any more, its bytes go too, and the quotas have room again.

    The record goes first. Should S3 fail then, the object is one without a record, which
    nobody can reach, and the sweep of such objects takes it away; the other way round there
    would be a record of a file that is gone.
    """
    actor.require_writable()
    media = queries.access_media(actor, file_id, to_remove=True)
    actor.check_match(media.etag)
    if media.is_completed:
        _remove_record(actor, media)
    elif media.upload_status == QUARANTINED:
        remove_sequestered(actor, media)
    else:
        give_up(actor, media)
    remove_bytes(media)


def remove_bytes(media: Media) -> None:
    """Remove what is in S3 of a file whose record is gone, parts of it too.

    Whatever fails is logged: nobody can reach it, and the sweep of such objects takes it away.
    """
    try:
        if media.upload_id and media.upload_status == PENDING:
            objects.abort_upload(media.s3_key, media.upload_id)
        objects.remove_object(media.s3_key)
        if media.is_image:
            remove_pictures(media)
    except Exception:
        log.exception("object_left", key=media.s3_key)


def remove_sequestered(actor: Actor, media: Media) -> None:
    """Remove the record of a file in quarantine, of which nobody but its uploader ever knew, and
    hold nothing for it any more. Raises `Stale`.
    """
    with Change(actor=actor) as change:
        change.delete(media, Media.version == media.version, Stale)
        quotas.charge(change, actor, media.user_id, -int(media.charged_bytes))
        change.record(
            QuarantineRemoved(
                entity_id=media.file_id,
                user_id=media.user_id,
                old_values={**media.facts, "finding": media.finding},
            )
        )


def _remove_record(actor: Actor, media: Media) -> None:
    with Change(actor=actor) as change:
        change.delete(media, Media.version == media.version, Stale)
        if media.is_portrait:
            accounts.clear_avatar(change=change, user_id=media.user_id, file_id=media.file_id)
        quotas.charge(change, actor, media.user_id, -int(media.charged_bytes))
        change.record(
            FileDeleted(
                owner_type=media.entity_type,
                entity_id=media.entity_id,
                old_values=media.facts,
            )
        )
