"""What can have happened to what people are told of when they are not here."""

from dataclasses import dataclass

from prework.events import Event


@dataclass(frozen=True, kw_only=True)
class PreferencesUpdated(Event):
    """A user wants to be told of other things, or by other channels; `off` is what they do not."""

    code = "user.notifications_updated"
    entity_type = "user"
    sentence = "chose what to be told of ({means})"
    old_fields = new_fields = {"off": "topics that they are not to be told of, by which channel"}
    means: str = "itself"


@dataclass(frozen=True, kw_only=True)
class PushSubscribed(Event):
    """A browser of a user takes push messages from now on."""

    code = "user.push_subscribed"
    entity_type = "user"
    sentence = "had push messages sent to a browser, by {service}"
    new_fields = {"service": "the host of the push service"}


@dataclass(frozen=True, kw_only=True)
class PushUnsubscribed(Event):
    """A browser takes none any more; `reason` says why: asked, replaced, signed_out, gone."""

    code = "user.push_unsubscribed"
    entity_type = "user"
    sentence = "has no push messages sent to a browser any more ({reason})"
    new_fields = {
        "service": "the host of the push service",
        "reason": "why: `asked`, `replaced`, `signed_out`, `gone`",
    }
