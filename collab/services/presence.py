"""Who has a document open: one record a connection, kept alive by the process that holds it.

No action of anybody: it leaves no audit entry, and ends by itself.
"""

from collections.abc import Sequence
from datetime import timedelta

from collab.models import DocumentRef, Presence, presence_key
from prework import clock
from prework.ledger import put, take, together
from prework.tenancy import Actor, key
from prework.transactions import MAX_ACTIONS, Transaction

KEPT = timedelta(hours=24)


def enter(*, actor: Actor, ref: DocumentRef, session_id: str) -> Presence:
    """Be seen in a document, by one connection."""
    now = clock.now()
    presence = Presence(
        presence_key(ref),
        key("USER", actor.user_id, session_id),
        session_id=session_id,
        user_id=actor.user_id,
        user_name=actor.name,
        entity_type=ref.entity_type,
        entity_id=ref.entity_id,
        joined_at=clock.to_text(now),
        seen_at=clock.to_text(now),
        expires_at=clock.to_epoch(now + KEPT),
    )
    put(presence)
    return presence


def leave(*, presence: Presence) -> None:
    """Be seen no more."""
    take(Presence, presence.pk, presence.sk)


def stay(*, presences: Sequence[Presence]) -> None:
    """Go on being seen: all connections of a process at once."""
    now = clock.now()
    for position in range(0, len(presences), MAX_ACTIONS):
        transaction = Transaction()
        for presence in presences[position : position + MAX_ACTIONS]:
            presence.seen_at = clock.to_text(now)
            presence.expires_at = clock.to_epoch(now + KEPT)
            transaction.replace(presence)
        together(transaction, [Presence])


def expire(*, presence: Presence) -> bool:
    """Remove what a process that died has left behind; of several that try, one succeeds."""
    is_unseen = Presence.seen_at == presence.seen_at
    return take(Presence, presence.pk, presence.sk, is_unseen) is not None
