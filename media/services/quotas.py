"""What the files of an organisation, and of each user, hold together, and that it is not too much.

It moves in the transaction of the record whose `charged_bytes` say what is held for it, under the
condition that there is room. So it is right however many write at once, and whatever answer of
the store is lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from media import queries
from media.errors import QuotaExceeded
from media.models import Quota, default_limit, quota_sort, quotas_key
from prework.changes import Change
from prework.errors import Stale
from prework.tenancy import Actor
from prework.transactions import Transaction

ALWAYS: Condition = Quota.pk.exists() | Quota.pk.does_not_exist()


class NoRoom(Exception):
    """A quota would be more than full: inside, until `refusing` has looked which."""


def charge(into: Change | Transaction, actor: Actor, user_id: str, size: int) -> None:
    """Hold so many bytes more (or fewer) for a user and the organisation, if there is room.

    Raises `NoRoom` as it is sent. Of size 0 nothing is held.
    """
    if size:
        for owner in (user_id, None):
            _move(into, actor, owner, size)


def require_room(into: Transaction, actor: Actor, user_id: str) -> None:
    """Write only if something is left, for what has not said how large it will be."""
    pk = quotas_key(actor)
    for owner in (user_id, None):
        condition = _has_room(owner, 1)
        if condition is not ALWAYS:
            into.require(Quota, pk, quota_sort(owner), condition, NoRoom)


def beginning(actor: Actor, owner: str | None) -> list[Action]:
    """What is in every change of a quota, which begins with the first of them."""
    begun: list[Action] = [
        Quota.kind.set(Quota.__name__),
        Quota.organization_id.set(actor.organization_id),
        Quota.moves.add(1),
    ]
    if owner:
        begun.append(Quota.user_id.set(owner))
    return begun


@contextmanager
def refusing(actor: Actor, user_id: str, size: int) -> Iterator[None]:
    """Say whose room is too small for so many bytes: raises `QuotaExceeded`.

    Or `Stale`, where there is room by now.
    """
    try:
        yield
    except NoRoom:
        raise _refusal(actor, user_id, size) from None


def _move(into: Change | Transaction, actor: Actor, owner: str | None, size: int) -> None:
    pk, sk = quotas_key(actor), quota_sort(owner)
    condition = _has_room(owner, size) if size > 0 else ALWAYS
    actions = [
        *beginning(actor, owner),
        Quota.granted_bytes.add(0),
        Quota.held_bytes.add(size),
        Quota.charged_bytes.add(size),
    ]
    if isinstance(into, Change):
        into.adjust(Quota, pk, sk, *actions, condition=condition, otherwise=NoRoom)
    else:
        into.update(Quota, pk, sk, actions, condition, NoRoom)


def _has_room(owner: str | None, size: int) -> Condition:
    limit = default_limit(owner)
    if not limit:
        return ALWAYS
    has_room: Condition = Quota.charged_bytes <= limit - size
    if size <= limit:
        has_room |= Quota.charged_bytes.does_not_exist()
    return has_room


def _refusal(actor: Actor, user_id: str, size: int) -> Exception:
    """The narrower of the two. If both have room by now, others have made it: try again."""
    limited = [
        (quota.left_bytes, quota.limit_bytes, quota.owner)
        for quota in queries.load_usage(actor, user_id).values()
        if quota.left_bytes is not None and quota.limit_bytes is not None
    ]
    left, limit, owner = min(limited, default=(size, 0, ""))
    if left >= max(size, 1):
        return Stale()
    return QuotaExceeded(owner=owner, limit=limit, left=left)
