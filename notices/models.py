"""What people want to be told of when they are not here, and the browsers that take a push.

| question | key in profiles | function in `queries` |
|---|---|---|
| what a user wants to be told of, and how | `O#USER#<id>` / `NOTICES` | `access_preferences` |
| the browsers that a user is told by | `O#USER#<id>` / `PUSH#<id>` | `list_subscriptions` |

An id is a digest of the endpoint that a browser is reached at.

What waits to be told is in the outbox: `prework/outbox/rows.py`.
"""

from pynamodb.attributes import (
    BinaryAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from notices.roles import CHANNELS, TOPICS
from prework import tables
from prework.dynamo import Item
from prework.tenancy import Actor, key

PREFERENCES = "NOTICES"


class Preferences(Item, table=tables.PROFILES):
    """What a user has turned off, each `<channel>.<topic>`; all else is on."""

    off: ListAttribute[str] = ListAttribute(default=list)
    version = NumberAttribute(default=0)

    def has(self, channel: str, topic: str) -> bool:
        """Whether the user wants to be told of this topic by this channel."""
        return f"{channel}.{topic}" not in self.off

    def by_channel(self) -> dict[str, dict[str, bool]]:
        """All of it, for each channel and topic."""
        return {
            channel: {topic: self.has(channel, topic) for topic in TOPICS} for channel in CHANNELS
        }


class PushSubscription(Item, table=tables.PROFILES):
    """A browser that takes a push. Where it is reached, who knows may push to: it is sealed."""

    subscription_id = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    service = UnicodeAttribute()  # the host of the push service
    server_key = UnicodeAttribute()  # which it takes a push by; another one it would refuse
    session_id = UnicodeAttribute()
    session_ends_at = NumberAttribute()
    generation = NumberAttribute()  # of the user's sign-ins, when it was made
    user_agent = UnicodeAttribute()
    created_at = UnicodeAttribute()


def notices_key(actor: Actor, user_id: str) -> str:
    return actor.key("USER", user_id)


def push_sort(subscription_id: str) -> str:
    return key("PUSH", subscription_id)
