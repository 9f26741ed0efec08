"""Taking files away."""

import structlog

from media import queries
from media.events import FileDeleted
from media.models import Media, PendingUpload
from media.services.rendering import remove_pictures
from prework import ledger, objects
from prework.changes import Change, retry_stale
from prework.errors import Stale
from prework.tenancy import Actor

log = structlog.get_logger(__name__)


@retry_stale
def delete_media(*, actor: Actor, file_id: str) -> None:
    """Remove a file: nobody finds it any more, and its bytes go too.

    The record goes first. Should S3 fail then, the object is one without a record, which
    nobody can reach, and the sweep of such objects takes it away; the other way round there
    would be a record of a file that is gone.
    """
    actor.require_writable()
    media = queries.access_media(actor, file_id, to_remove=True)
    actor.check_match(media.etag)
    if media.is_completed:
        _remove_record(actor, media)
    elif not ledger.take(PendingUpload, media.pk, media.sk, Media.version == media.version):
        raise Stale
    try:
        objects.remove_object(media.s3_key)
        remove_pictures(media)
    except Exception:  # whatever it was, the file is deleted; the sweep removes what is left
        log.exception("object_left", key=media.s3_key)


def _remove_record(actor: Actor, media: Media) -> None:
    with Change(actor=actor) as change:
        change.delete(media, Media.version == media.version, Stale)
        change.record(
            FileDeleted(
                owner_type=media.entity_type,
                entity_id=media.entity_id,
                old_values=media.facts,
            )
        )
