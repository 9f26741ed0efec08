"""Confirming an upload that was put in one piece."""

from media import queries
from media.errors import KeyMismatch
from media.models import PENDING, Media
from media.services.settling import settle
from prework.changes import retry_stale
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
    return settle(actor, media) if media.upload_status == PENDING else media
