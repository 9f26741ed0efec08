"""The gate of the scanner: what is confirmed is held until it was looked through.

The record is all there is to know of it: an upload that is `scanning` stands in GSI3 under the
time when anybody may scan it. Whoever confirms it has it until then, and begins at once, on a
thread beside; what that leaves, because its process died or the scanner was down, the job takes.
Two that scan the same do no harm: what comes of it is written by one.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

import orjson
import structlog
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from media.models import (
    SCANNING,
    SCANNING_SHARDS,
    Media,
    PendingUpload,
    Quota,
    scanning_keys,
    scanning_shard,
)
from media.services import quotas
from media.services.finishing import finish, keep, sweep_later
from media.services.quarantine import sequester
from prework import clock, ledger, logs, objects
from prework.changes import Change, retry_stale
from prework.dynamo import each, find
from prework.errors import NotFound, Stale, StorageUnavailable
from prework.jobs import Turn
from prework.scanner import NotScanned, ScannerDown, scanner
from prework.tenancy import Actor, Origin
from prework.threads import Hands
from prework.transactions import Transaction

LEASE = timedelta(minutes=5)  # longer than a scan takes
PAUSE = timedelta(seconds=30)
TRIES = 5  # then a file that the scanner cannot look through is put aside
THREAD_NAME = "scanning"
HANDS = Hands(THREAD_NAME, count=2, most_waiting=1000)
log = structlog.get_logger(__name__)


def hold(actor: Actor, media: Media, pinned: dict[str, Any], more: int) -> None:
    """Pin the version, and let it be scanned: the bytes are nobody's until then."""
    values = {
        **pinned,
        **_due_in(media, LEASE),
        "upload_status": SCANNING,
        "confirmed_by": _told(actor),
        "confirmed_at": clock.to_text(clock.now()),
    }
    actions = [getattr(PendingUpload, name).set(value) for name, value in values.items()]
    actions += [PendingUpload.expires_at.remove(), PendingUpload.version.set(media.version + 1)]
    is_as_read = PendingUpload.version == media.version
    transaction = Transaction()
    transaction.update(PendingUpload, media.pk, media.sk, actions, is_as_read, Stale)
    quotas.charge(transaction, actor, media.user_id, more)
    ledger.together(transaction, [PendingUpload, Quota])
    keep(media, values)
    begin(media)


def begin(media: Media) -> None:
    """Have it scanned on a thread beside; when too much is waiting, the job does it."""
    names = {"organization_id": media.organization_id, "file_id": media.file_id}
    if not HANDS.take(partial(logs.apart, attempt, media.pk, media.sk, **names)):
        log.warning("scan_later")


def await_scans() -> None:
    """Wait until what this process holds was looked through, or put off: before it ends, for
    nobody else takes it up at once.
    """
    HANDS.waiting.join()


def scan_uploads(turn: Turn) -> None:
    """Scan what waits for it; when the scanner does not answer, another time."""
    due = chain.from_iterable(map(_due, range(SCANNING_SHARDS)))
    for upload in turn.steps(due, "scans"):
        if _claim(upload) and not attempt(upload.pk, upload.sk):
            return


def attempt(pk: str, sk: str) -> bool:
    """Scan an upload, if it is still to be; whether there is nothing against the next one.

    It does not raise: the record says that it is to be scanned, and when the next may do so.
    """
    try:
        media = find(Media, pk, sk)
        return media is None or media.upload_status != SCANNING or _scan(media)
    except Exception:
        log.exception("scan_failed")
        return False


def _scan(media: Media) -> bool:
    try:
        with objects.reading(media.s3_key, str(media.s3_version_id)) as body:
            finding = scanner().find(body)
    except (ScannerDown, StorageUnavailable) as error:
        log.warning("scan_put_off", reason=str(error.__cause__ or error))
        _move(media, PAUSE)
        return False
    except (NotScanned, NotFound) as error:
        reason = "the object is gone" if isinstance(error, NotFound) else str(error)
        log.warning("not_scanned", reason=reason)
        if not _is_given_up(media):
            return True
        finding = f"not scanned: {reason}"
    log.info("scanned", finding=finding)
    _conclude(media, finding)
    return True


@retry_stale
def _conclude(scanned: Media, finding: str | None) -> None:
    """Write what has come of it; of an upload that was deleted meanwhile, nothing."""
    media = find(Media, scanned.pk, scanned.sk)
    if media is None or media.upload_status != SCANNING:
        return
    if finding is not None:
        sequester(media, finding)
        return
    with Change(actor=_actor(media)) as change:
        _, event = finish(change, media, sweep_later(media))
        change.record(event)


def _due(shard: int) -> Iterator[PendingUpload]:
    before = str(clock.to_epoch(clock.now()))
    return each(PendingUpload, scanning_shard(shard), index=3, sort=PendingUpload.gsi3sk < before)


def _claim(upload: PendingUpload) -> bool:
    """Have it for a while, in which the next run passes it over."""
    is_as_seen = PendingUpload.gsi3sk == upload.gsi3sk
    return _move(upload, LEASE, condition=is_as_seen) is not None


def _is_given_up(media: Media) -> bool:
    """Count that it was not scanned, and put it off; whether that was the last time."""
    moved = _move(media, PAUSE, PendingUpload.scan_tries.add(1))
    return moved is not None and int(moved.scan_tries or 0) >= TRIES


def _move(
    media: Media, pause: timedelta, *more: Action, condition: Condition | None = None
) -> PendingUpload | None:
    """Let it be scanned later; as it is then, `None` if it is not to be scanned any more.

    Its version does not move: nothing that anybody sees has changed.
    """
    due = [PendingUpload.gsi3sk.set(_due_in(media, pause)["gsi3sk"]), *more]
    is_to_be = PendingUpload.upload_status == SCANNING
    if condition is not None:
        is_to_be &= condition
    return ledger.change(PendingUpload, media.pk, media.sk, due, is_to_be)


def _due_in(media: Media, pause: timedelta) -> dict[str, str]:
    due = clock.to_epoch(clock.now() + pause)
    gsi3pk, gsi3sk = scanning_keys(media.file_id, due)
    return {"gsi3pk": gsi3pk, "gsi3sk": gsi3sk}


def _told(actor: Actor) -> str:
    """Who confirms, as the audit entry is to have it when the scan is over."""
    told = {
        "name": actor.name,
        "role": actor.role,
        "session_id": actor.session_id,
        "impersonator_id": actor.impersonator_id,
        "reason": actor.reason,
        "origin": vars(actor.origin),
    }
    return orjson.dumps(told).decode()


def _actor(media: Media) -> Actor:
    told = orjson.loads(media.confirmed_by or "{}")
    origin = Origin(**told.pop("origin", {}))
    return Actor(
        organization_id=media.organization_id, user_id=media.user_id, origin=origin, **told
    )
