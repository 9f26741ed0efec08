"""Taking away what uploads leave behind, of all organisations: the work of a job.

Each upload stands in GSI3 under the time when it is to be looked at: when a pending one expires,
and when nothing more can come to the key of a confirmed one, for its signed URL has long expired.
The index lags, and several may sweep at once: what is done is decided by the record itself.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

import structlog

from media.models import (
    COMPLETED,
    PENDING,
    PENDING_SHARDS,
    QUARANTINED,
    PendingUpload,
    pending_shard,
)
from media.services.quarantine import expire
from media.services.reserving import give_up
from prework import clock, ledger, objects
from prework.dynamo import each, find
from prework.errors import NotRemoved, Stale
from prework.jobs import Turn
from prework.tenancy import system_actor

# Clocks of servers differ by seconds at most, and no confirmation takes minutes.
GRACE = timedelta(minutes=10)
log = structlog.get_logger(__name__)


def sweep_uploads(turn: Turn) -> None:
    """Remove uploads that nobody confirmed in time with their objects, and of those that somebody
    did what was put to their keys besides.

    Each is whole by itself, and done again does nothing. Raises `StorageUnavailable`; of what S3
    does not let go `NotRemoved`, after all the others.
    """
    kept = None
    for upload in turn.steps(each_overdue(), "uploads"):
        try:
            sweep_upload(upload)
        except NotRemoved as error:
            log.warning("object_kept", key=upload.s3_key)
            kept = error
    if kept is not None:
        raise kept


def each_overdue() -> Iterator[PendingUpload]:
    """Every upload that is to be looked at by now, as the index has it."""
    return chain.from_iterable(map(_overdue, range(PENDING_SHARDS)))


def sweep_upload(upload: PendingUpload) -> bool:
    """Look at one of them; whether it was one that nobody confirmed, and is gone by this."""
    if upload.upload_status == PENDING:
        return _remove(upload)
    if upload.upload_status == QUARANTINED:
        expire(upload)
    elif upload.upload_status == COMPLETED and upload.s3_version_id:
        _remove_other_versions(upload)
    return False


def find_unconfirmed(upload: PendingUpload) -> PendingUpload | None:
    """The record itself of one of them, if nobody has confirmed it by now."""
    found = find(PendingUpload, upload.pk, upload.sk)
    return found if found is not None and found.upload_status == PENDING else None


def _overdue(shard: int) -> Iterator[PendingUpload]:
    before = str(clock.to_epoch(clock.now() - GRACE))
    earlier = PendingUpload.gsi3sk < before
    return each(PendingUpload, pending_shard(shard), index=3, sort=earlier)


def _remove(upload: PendingUpload) -> bool:
    """The record moves on first, to an upload that has expired by every clock: a confirmation that
    had read it is stale, and one that comes finds none. Last it goes, for it leads here again, and
    with it what the quotas held: of several sweeps one takes it.
    """
    is_as_seen = (
        (PendingUpload.version == upload.version)
        & (PendingUpload.upload_status == PENDING)
        & (PendingUpload.expires_at == upload.expires_at)
    )
    expired = [PendingUpload.version.add(1), PendingUpload.expires_at.set(0)]
    claimed = ledger.change(PendingUpload, upload.pk, upload.sk, expired, is_as_seen)
    if claimed is None:  # confirmed or removed, which the index does not know yet
        return False
    if claimed.upload_id:
        objects.abort_upload(claimed.s3_key, claimed.upload_id)
    objects.remove_object(claimed.s3_key)
    try:
        give_up(system_actor(claimed.organization_id), claimed)
    except Stale:  # another sweep is at it
        return False
    return True


def _remove_other_versions(upload: PendingUpload) -> None:
    """What the record pins stays, and when nothing else is there the record is looked at no more.

    Its version does not move: nothing that anybody sees of the file has changed.
    """
    objects.remove_other_versions(upload.s3_key, upload.s3_version_id)
    ledger.change(
        PendingUpload,
        upload.pk,
        upload.sk,
        [PendingUpload.gsi3pk.remove(), PendingUpload.gsi3sk.remove()],
        (PendingUpload.upload_status == upload.upload_status)
        & (PendingUpload.s3_version_id == upload.s3_version_id),
        is_repeatable=True,
    )
