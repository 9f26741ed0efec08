"""Taking away what uploads leave behind, of all organisations: the work of a job.

Each upload stands in GSI3 under the time when it is to be looked at: when a pending one expires,
and when nothing more can come to the key of a confirmed one, for its signed URL has long expired.
The index lags, and several may sweep at once: what is done is decided by the record itself.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from media.models import COMPLETED, PENDING, PENDING_SHARDS, PendingUpload, pending_shard
from prework import clock, ledger, objects
from prework.dynamo import each
from prework.jobs import Turn

# Clocks of servers differ by seconds at most, and no confirmation takes minutes.
GRACE = timedelta(minutes=10)


def sweep_uploads(turn: Turn) -> None:
    """Remove uploads that nobody confirmed in time with their objects, and of those that somebody
    did what was put to their keys besides.

    Each is whole by itself, and done again does nothing. Raises `StorageUnavailable`.
    """
    overdue = chain.from_iterable(map(_overdue, range(PENDING_SHARDS)))
    for upload in turn.steps(overdue, "uploads"):
        if not upload.is_completed:
            _remove(upload)
        elif upload.s3_version_id:
            _remove_other_versions(upload)


def _overdue(shard: int) -> Iterator[PendingUpload]:
    before = str(clock.to_epoch(clock.now() - GRACE))
    earlier = PendingUpload.gsi3sk < before
    return each(PendingUpload, pending_shard(shard), index=3, sort=earlier)


def _remove(upload: PendingUpload) -> None:
    """The record moves on first, to an upload that has expired by every clock: a confirmation that
    had read it is stale, and one that comes finds none. Last it goes, for it leads here again.
    """
    is_as_seen = (
        (PendingUpload.version == upload.version)
        & (PendingUpload.upload_status == PENDING)
        & (PendingUpload.expires_at == upload.expires_at)
    )
    expired = [PendingUpload.version.add(1), PendingUpload.expires_at.set(0)]
    claimed = ledger.change(PendingUpload, upload.pk, upload.sk, expired, is_as_seen)
    if claimed is None:  # confirmed or removed, which the index does not know yet
        return
    objects.remove_object(upload.s3_key)
    ledger.take(
        PendingUpload,
        upload.pk,
        upload.sk,
        (PendingUpload.version == claimed.version) & (PendingUpload.upload_status == PENDING),
    )


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
        (PendingUpload.upload_status == COMPLETED)
        & (PendingUpload.s3_version_id == upload.s3_version_id),
        is_repeatable=True,
    )
