"""Idempotency-Key: the same request again gets the first answer again, and writes nothing.

The key is claimed before the work, and every transaction of the work carries a mark on the claim:
it commits only while the claim stands. So a claim that was given up (a refusal, a dead process, a
store that did not answer) can be taken anew, and what it was for cannot happen late.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import structlog
from django.http import HttpResponse
from django.utils.crypto import salted_hmac
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from prework import clock, ledger, tables
from prework.dynamo import Item, fetch, find
from prework.errors import (
    FieldError,
    IdempotencyAnswerLost,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    StorageUnavailable,
    ValidationFailed,
)
from prework.events import Recorded
from prework.ids import new_id
from prework.tenancy import Actor, key
from prework.transactions import Transaction

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)  # after this a request that never finished counts as dead
PART_BYTES = 350_000  # an item takes 400 KB; a longer answer is kept in parts
MAX_KEY_LENGTH = 255
log = structlog.get_logger(__name__)


class Replay(Item, table=tables.SESSIONS):
    """One key's request: who is at it, and the answer once there is one."""

    body_hash = UnicodeAttribute()
    is_committed = BooleanAttribute(null=True)
    has_traces = BooleanAttribute(null=True)  # committed, and the work itself would find that
    claim = UnicodeAttribute()
    leased_until = NumberAttribute()
    status = NumberAttribute(null=True)
    body = BinaryAttribute(null=True, legacy_encoding=False)
    more_parts = NumberAttribute(null=True)  # of the body
    answer_etag = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()

    @property
    def is_answered(self) -> bool:
        """Whether the first answer is kept here."""
        return bool(self.status)


class ReplayPart(Item, table=tables.SESSIONS):
    """What of an answer found no place in its key's own record."""

    body = BinaryAttribute(legacy_encoding=False)
    expires_at = NumberAttribute()


def replayed(
    actor: Actor, key: str, path: str, body: bytes, work: Callable[[Actor], HttpResponse]
) -> HttpResponse:
    """The first answer to this key, or that of `work`, done once.

    Raises `IdempotencyKeyReused` for another body and `IdempotencyInProgress` while the first
    request runs.
    """
    if not key or not key.isprintable() or len(key) > MAX_KEY_LENGTH:
        detail = f"An Idempotency-Key is 1 to {MAX_KEY_LENGTH} printable characters."
        raise ValidationFailed([FieldError("Idempotency-Key", "invalid", detail)])
    claim = _new_claim(actor, key, path, body)
    if not _is_claimed(claim):
        return _first_answer(claim)
    try:
        response = work(replace(actor, claim=(claim.pk, claim.sk, claim.claim)))
    except BaseException:
        with suppress(StorageUnavailable):  # then the lease frees it
            _release(claim)
        raise
    _complete(claim, response)
    return response


def mark_claim(recorded: Recorded, transaction: Transaction) -> None:
    """Let a transaction commit only under its request's claim: a `CHANGE_RECORDERS` entry."""
    if recorded.actor.claim is None:
        return
    pk, sk, claim = recorded.actor.claim
    # what finds its own traces may be come back to even so
    mark = Replay.has_traces if recorded.actor.finds_own_traces else Replay.is_committed
    transaction.update(
        Replay,
        pk,
        sk,
        [mark.set(True)],
        Replay.claim == claim,
        IdempotencyInProgress,
        is_once=True,
    )


def _new_claim(actor: Actor, key: str, path: str, body: bytes) -> Replay:
    now = clock.now()
    name = hashlib.sha256(f"{path}\n{key}".encode()).hexdigest()
    return Replay(
        actor.key("IDEMPOTENCY", actor.user_id, name),
        "REPLAY",
        # keyed, because a body may hold a password
        body_hash=salted_hmac("prework.idempotency", body, algorithm="sha256").hexdigest(),
        claim=new_id(),
        leased_until=clock.to_epoch(now + LEASE),
        expires_at=clock.to_epoch(now + KEPT),
    )


def _is_claimed(claim: Replay) -> bool:
    """Whether the key is this request's, being free or left by one that died at the same."""
    now = _now()
    is_ours = Replay.claim == claim.claim  # written, but the answer was lost
    is_free = Replay.pk.does_not_exist() | (Replay.expires_at < now)
    if ledger.put(claim, is_free | is_ours, is_repeatable=True):
        return True
    claim.has_traces = True  # the one before may have left some: the key stays this body's
    is_dead = Replay.is_committed.does_not_exist() & (Replay.leased_until < now)
    is_takeable = is_dead & (Replay.body_hash == claim.body_hash)
    return ledger.put(claim, is_takeable | is_ours, is_repeatable=True)


def _now() -> int:
    return clock.to_epoch(clock.now())


def _first_answer(claim: Replay) -> HttpResponse:
    first = find(Replay, claim.pk, claim.sk)
    if first is not None and first.body_hash != claim.body_hash:
        raise IdempotencyKeyReused
    if first is None or not (first.is_answered or first.leased_until < _now()):
        raise IdempotencyInProgress
    if not first.is_answered:
        raise IdempotencyAnswerLost
    response = HttpResponse(
        _body(first), status=int(first.status), content_type="application/json"
    )
    response["Idempotency-Replayed"] = "true"
    if first.answer_etag:
        response["ETag"] = first.answer_etag
    return response


def _body(first: Replay) -> bytes:
    names = [_part_sort(first, number) for number in range(1, int(first.more_parts or 0) + 1)]
    parts = fetch(*[(ReplayPart, first.pk, name) for name in names])
    if None in parts:
        raise IdempotencyAnswerLost
    return zlib.decompress(b"".join([first.body, *(part.body for part in parts)]))


def _part_sort(record: Replay, number: int) -> str:
    return key("PART", record.claim, str(number))


def _complete(claim: Replay, response: HttpResponse) -> None:
    if response.status_code >= 400:
        return _release(claim)
    packed = zlib.compress(response.content)
    first, *more = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
    actions = [
        Replay.status.set(response.status_code),
        Replay.body.set(first),
        Replay.more_parts.set(len(more)),
    ]
    if "ETag" in response:
        actions.append(Replay.answer_etag.set(response["ETag"]))
    try:
        for number, body in enumerate(more, 1):
            name = _part_sort(claim, number)
            ledger.put(ReplayPart(claim.pk, name, body=body, expires_at=claim.expires_at))
        is_ours = Replay.claim == claim.claim
        ledger.change(Replay, claim.pk, claim.sk, actions, is_ours, is_repeatable=True)
    except StorageUnavailable:  # it was done: the caller gets the answer, only a repeat does not
        log.warning("idempotency_answer_not_kept", exc_info=True)


def _release(claim: Replay) -> None:
    """Give the claim up: for any request, or if something was committed, for this one again."""
    is_ours = Replay.claim == claim.claim
    is_bare = Replay.is_committed.does_not_exist() & Replay.has_traces.does_not_exist()
    if ledger.take(Replay, claim.pk, claim.sk, is_ours & is_bare) is None:
        ended = [Replay.leased_until.set(0)]
        ledger.change(Replay, claim.pk, claim.sk, ended, is_ours, is_repeatable=True)
