"""Beginning and giving up: the record of an upload, with what the quotas hold for it."""

from typing import Any

from media.models import PENDING, SCANNING, Media, PendingUpload, Quota
from media.services import quotas
from prework import ledger
from prework.changes import retry_stale
from prework.errors import Stale
from prework.tenancy import Actor
from prework.transactions import Transaction


@retry_stale
def reserve(actor: Actor, pending: PendingUpload) -> None:
    """Keep the record of an upload that begins, and hold the bytes that it announces.

    One that announces none holds none until it is confirmed, and there has to be something left.
    One transaction: raises `QuotaExceeded`, and then there is neither.
    """
    announced: Any = pending.file_size
    size = pending.charged_bytes = int(announced or 0)
    transaction = Transaction()
    transaction.put(pending)
    if announced is None:
        quotas.require_room(transaction, actor, pending.user_id)
    quotas.charge(transaction, actor, pending.user_id, size)
    with quotas.refusing(actor, pending.user_id, size):
        ledger.together(transaction, [PendingUpload, Quota])


def give_up(actor: Actor, upload: Media) -> None:
    """Remove the record of an upload that is pending or scanned, and hold nothing for it any more.

    What was put, or parts of it, is its caller's to remove afterwards. Raises `Stale` if the
    record is not as it was read: then somebody else has confirmed it, or given it up.
    """
    is_upload = PendingUpload.upload_status.is_in(PENDING, SCANNING)
    is_as_read = (PendingUpload.version == upload.version) & is_upload
    transaction = Transaction()
    transaction.delete(upload, is_as_read, Stale)
    quotas.charge(transaction, actor, upload.user_id, -int(upload.charged_bytes))
    ledger.together(transaction, [PendingUpload, Quota])
