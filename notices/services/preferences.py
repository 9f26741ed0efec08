"""What somebody wants to be told of: chosen signed in, or turned off by the link in a mail."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings

from accounts import queries as people
from notices import queries
from notices.errors import InvalidUnsubscribeToken
from notices.events import PreferencesUpdated
from notices.models import Preferences
from notices.roles import EMAIL, TOPICS
from prework import sealing
from prework.changes import Change, retry_stale
from prework.errors import NotFound, Stale
from prework.tenancy import Actor, Origin, system_actor

PATH = "/api/notifications/unsubscribe"
PLACE = {"purpose": "unsubscribe", "bound_to": EMAIL}
Choices = Mapping[str, Mapping[str, bool]]


@retry_stale
def update_preferences(*, actor: Actor, choices: Choices) -> Preferences:
    """Choose what you are told of, and by which channels; what is left out stays as it is."""
    actor.require_in_person()
    preferences = queries.access_preferences(actor, actor.user_id)
    actor.check_match(preferences.etag)
    return _choose(actor, preferences, choices, means="itself")


@retry_stale
def unsubscribe(*, origin: Origin, token: str) -> str:
    """Get no more mails about a topic, by the link in one; what the topic is. Twice is once."""
    organization_id, user_id, topic = topic_of(token)
    try:
        user = people.access_user(system_actor(organization_id), user_id)
    except NotFound:
        raise InvalidUnsubscribeToken from None
    actor = Actor(organization_id=organization_id, user_id=user_id, name=user.name, origin=origin)
    preferences = queries.access_preferences(actor, user_id)
    _choose(actor, preferences, {EMAIL: {topic: False}}, means="the link in a mail")
    return TOPICS[topic]


def unsubscribe_url(organization_id: str, user_id: str, topic: str) -> str:
    """The link by which a person gets no more mails about a topic. It opens nothing else."""
    sealed = sealing.seal(orjson.dumps([organization_id, user_id, topic]), **PLACE)
    token = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
    return f"{settings.PUBLIC_URL}{PATH}?{urlencode({'token': token})}"


def topic_of(token: str) -> tuple[str, str, str]:
    """Whose link it is, and about what. Raises `InvalidUnsubscribeToken`."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        organization_id, user_id, topic = orjson.loads(sealing.unseal(raw, **PLACE))
    except ValueError:
        raise InvalidUnsubscribeToken from None
    if topic not in TOPICS:  # one that there is no more
        raise InvalidUnsubscribeToken
    return organization_id, user_id, topic


def _choose(
    actor: Actor, preferences: Preferences, choices: Choices, *, means: str
) -> Preferences:
    off = set(preferences.off)
    for channel, topics in choices.items():
        for topic, is_on in topics.items():
            (off.discard if is_on else off.add)(f"{channel}.{topic}")
    if off == set(preferences.off):
        return preferences
    event = PreferencesUpdated(
        entity_id=actor.user_id,
        old_values={"off": list(preferences.off)},
        new_values={"off": sorted(off)},
        means=means,
    )
    with Change(actor=actor) as change:
        _write(change, preferences, sorted(off))
        change.record(event)
    return preferences


def _write(change: Change, preferences: Preferences, off: list[Any]) -> None:
    if preferences.version:
        change.update(preferences, Preferences.off.set(off))
    preferences.off = off
    preferences.version += 1
    if preferences.version == 1:
        change.put(preferences, otherwise=Stale)
