"""Reading what people want to be told of when they are not here."""

from collections.abc import Mapping

from accounts import queries as people
from accounts.queries import SignInState
from notices.models import (
    PREFERENCES,
    Preferences,
    PushSubscription,
    notices_key,
    push_sort,
)
from prework import clock
from prework.dynamo import each, find
from prework.tenancy import Actor

MOST_SUBSCRIPTIONS = 10  # of one user; one more takes the place of the oldest


def access_preferences(actor: Actor, user_id: str) -> Preferences:
    """What a user wants to be told of; by default of everything."""
    pk = notices_key(actor, user_id)
    return find(Preferences, pk, PREFERENCES) or Preferences(pk, PREFERENCES)


def list_subscriptions(actor: Actor) -> list[PushSubscription]:
    """The browsers that take a push of the actor's, the newest first."""
    found = load_subscriptions(actor, actor.user_id)
    signed_in = people.load_sign_ins(actor, actor.user_id, {one.session_id for one in found})
    return [one for one in found if is_live(one, signed_in)]


def load_subscriptions(actor: Actor, user_id: str) -> list[PushSubscription]:
    """A user's subscriptions, also those that count no more, the newest first."""
    pk, prefix = notices_key(actor, user_id), PushSubscription.sk.startswith(push_sort(""))
    found = each(PushSubscription, pk, sort=prefix)
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def find_subscription(actor: Actor, user_id: str, subscription_id: str) -> PushSubscription | None:
    """One of a user's subscriptions."""
    return find(PushSubscription, notices_key(actor, user_id), push_sort(subscription_id))


def is_live(subscription: PushSubscription, signed_in: Mapping[str, SignInState]) -> bool:
    """Whether it still counts: the sign-in that made it was not ended by anybody.

    One that ended by itself, because it was idle or had its time, leaves it: being told by a
    browser that one is not at is what it is for.
    """
    state = signed_in[subscription.session_id]
    if state.is_there:
        return state.is_of_now
    is_over = subscription.session_ends_at <= clock.to_epoch(clock.now())
    return is_over and subscription.generation == state.generation
