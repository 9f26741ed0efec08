"""Idempotency-Key: the same request again gets the first answer again, and writes nothing.

The key is claimed before the work and completed with the answer after it; a refusal frees it.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
import zlib
from collections.abc import Callable
from datetime import timedelta

from django.http import HttpResponse
from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from prework import clock, ledger, tables
from prework.dynamo import Item, find
from prework.errors import (
    FieldError,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    StorageUnavailable,
    ValidationFailed,
)
from prework.ids import new_id
from prework.tenancy import Actor

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)  # after this a request that never finished counts as dead
MAX_STORED_BYTES = 350_000
MAX_KEY_LENGTH = 255


class Replay(Item, table=tables.SESSIONS):
    """One key's request: who is at it, and the answer once there is one."""

    body_hash = UnicodeAttribute()
    claim = UnicodeAttribute()
    leased_until = NumberAttribute()
    status = NumberAttribute(null=True)
    body = BinaryAttribute(null=True, legacy_encoding=False)
    answer_etag = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


def replayed(
    actor: Actor, key: str, path: str, body: bytes, work: Callable[[], HttpResponse]
) -> HttpResponse:
    """The first answer to this key, or that of `work`, done once.

    Raises `IdempotencyKeyReused` for another body and `IdempotencyInProgress` while the first
    request runs.
    """
    if not key.isprintable() or len(key) > MAX_KEY_LENGTH:
        detail = f"An Idempotency-Key is 1 to {MAX_KEY_LENGTH} printable characters."
        raise ValidationFailed([FieldError("Idempotency-Key", "invalid", detail)])
    claim = _new_claim(actor, key, path, body)
    if not _is_claimed(claim):
        return _first_answer(claim)
    try:
        response = work()
    except StorageUnavailable:
        raise  # whether it was written is not known: the lease keeps others out meanwhile
    except BaseException:
        _release(claim)
        raise
    _complete(claim, response)
    return response


def _new_claim(actor: Actor, key: str, path: str, body: bytes) -> Replay:
    now = clock.now()
    name = hashlib.sha256(f"{path}\n{key}".encode()).hexdigest()
    return Replay(
        actor.key("IDEMPOTENCY", actor.user_id, name),
        "REPLAY",
        body_hash=hashlib.sha256(body).hexdigest(),
        claim=new_id(),
        leased_until=clock.to_epoch(now + LEASE),
        expires_at=clock.to_epoch(now + KEPT),
    )


def _is_claimed(claim: Replay) -> bool:
    now = clock.to_epoch(clock.now())
    is_dead = Replay.status.does_not_exist() & (Replay.leased_until < now)
    is_free = Replay.pk.does_not_exist() | (Replay.expires_at < now)
    return ledger.put(claim, is_free | (is_dead & (Replay.body_hash == claim.body_hash)))


def _first_answer(claim: Replay) -> HttpResponse:
    first = find(Replay, claim.pk, claim.sk)
    if first is not None and first.body_hash != claim.body_hash:
        raise IdempotencyKeyReused
    if first is None or first.status is None:
        raise IdempotencyInProgress
    response = HttpResponse(
        zlib.decompress(first.body), status=int(first.status), content_type="application/json"
    )
    response["Idempotency-Replayed"] = "true"
    if first.answer_etag:
        response["ETag"] = first.answer_etag
    return response


def _complete(claim: Replay, response: HttpResponse) -> None:
    packed = zlib.compress(response.content)
    if not response.status_code < 400 or len(packed) > MAX_STORED_BYTES:
        return _release(claim)
    claim.status, claim.body = response.status_code, packed
    claim.answer_etag = response.get("ETag")
    ledger.put(claim, Replay.claim == claim.claim)


def _release(claim: Replay) -> None:
    ledger.take(Replay, claim.pk, claim.sk, Replay.claim == claim.claim)
