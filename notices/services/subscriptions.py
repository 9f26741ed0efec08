"""The browsers that take a push: added by themselves, removed by their users or when they go."""

from contextlib import suppress

import orjson
from django.utils.crypto import salted_hmac

from accounts import queries as people
from notices import queries
from notices.engine import push, vapid
from notices.events import PushSubscribed, PushUnsubscribed
from notices.models import PushSubscription, notices_key, push_sort
from prework import clock, sealing
from prework.changes import Change, retry_stale
from prework.errors import NotFound, Stale
from prework.tenancy import Actor

ASKED, REPLACED, SIGNED_OUT, GONE = "asked", "replaced", "signed_out", "gone"


@retry_stale
def subscribe(*, actor: Actor, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Have this browser told of what happens while you are not here; the same again is one.

    It ends with the sign-in that it is made in, when that is ended by somebody. Beyond ten the
    oldest goes.
    """
    actor.require_in_person()
    service = push.check(endpoint, p256dh, auth)
    known = queries.load_subscriptions(actor, actor.user_id)
    sessions = {actor.session_id, *(one.session_id for one in known)}
    signed_in = people.load_sign_ins(actor, actor.user_id, sessions)
    new = _new(actor, service, {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}})
    new.session_ends_at = signed_in[actor.session_id].ends_at
    new.generation = signed_in[actor.session_id].generation
    old = next((one for one in known if one.subscription_id == new.subscription_id), None)
    if old is not None and _is_same(old, new):
        return old
    others = [one for one in known if one is not old]
    live = [one for one in others if queries.is_live(one, signed_in)]
    usable = [one for one in live if one.server_key == new.server_key]
    kept = usable[: queries.MOST_SUBSCRIPTIONS - 1]
    with Change(actor=actor) as change:
        for one in others:
            if one not in kept:
                _remove(change, one, REPLACED if one in live else SIGNED_OUT, otherwise=Stale)
        is_as_read = PushSubscription.created_at == old.created_at if old is not None else None
        change.put(new, is_as_read, otherwise=Stale)
        change.record(PushSubscribed(entity_id=actor.user_id, new_values={"service": service}))
    return new


def remove_subscription(*, actor: Actor, subscription_id: str) -> None:
    """Have one of your browsers told no more."""
    actor.require_in_person()
    found = queries.find_subscription(actor, actor.user_id, subscription_id)
    if found is None:
        raise NotFound
    with Change(actor=actor) as change:
        _remove(change, found, ASKED)


def forget(actor: Actor, user_id: str, subscription: PushSubscription, reason: str) -> None:
    """Remove one that is of no use any more: the browser is gone, or its user signed out."""
    with suppress(NotFound), Change(actor=actor) as change:
        _remove(change, subscription, reason, user_id=user_id)


def info_of(subscription: PushSubscription) -> push.Info:
    """The subscription as the browser gave it. Raises `ValueError` if its key is gone."""
    opened = sealing.unseal(subscription.sealed, **_place(subscription))
    info: push.Info = orjson.loads(opened)
    return info


def _new(actor: Actor, service: str, info: push.Info) -> PushSubscription:
    subscription_id = salted_hmac("prework.push", info["endpoint"], algorithm="sha256")
    new = PushSubscription(
        notices_key(actor, actor.user_id),
        push_sort(subscription_id.hexdigest()[:32]),
        subscription_id=subscription_id.hexdigest()[:32],
        service=service,
        server_key=vapid.server_key(),
        session_id=actor.session_id,
        user_agent=actor.origin.user_agent,
        created_at=clock.to_text(clock.now()),
    )
    new.sealed = sealing.seal(orjson.dumps(info), **_place(new))
    return new


def _place(subscription: PushSubscription) -> dict[str, str]:
    return {"purpose": "push", "bound_to": f"{subscription.pk}\n{subscription.sk}"}


def _is_same(old: PushSubscription, new: PushSubscription) -> bool:
    names = ("session_id", "session_ends_at", "generation", "server_key")
    try:
        is_same_info = info_of(old) == info_of(new)
    except ValueError:
        return False
    return is_same_info and all(getattr(old, name) == getattr(new, name) for name in names)


def _remove(
    change: Change,
    subscription: PushSubscription,
    reason: str,
    *,
    user_id: str = "",
    otherwise: type[Exception] = NotFound,
) -> None:
    is_as_read = PushSubscription.created_at == subscription.created_at
    change.delete(subscription, is_as_read, otherwise)
    values = {"service": subscription.service, "reason": reason}
    event = PushUnsubscribed(entity_id=user_id or change.actor.user_id, new_values=values)
    change.record(event)
