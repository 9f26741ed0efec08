"""The audit trail. Entries are put once, and nothing here changes or removes one.

| question | index and key | function |
|---|---|---|
| of an organisation, newest first | `O#<day>#<0..3>`, days from `O#AUDITDAYS` | `list_entries` |
| of a user | GSI1 `O#USER#<id>` | `list_entries` |
| of a thing | GSI2 `O#ENTITY#<type>#<id>` | `list_entries` |
| of an action | GSI3 `O#ACTION#<action>`, keys only | `list_entries` |
| of a staff person, anywhere | `PLATFORM#STAFF#<id>`, naming entries | `admin.recent_actions` |
| of a request | GSI4 `O#REQUEST#<id>`, keys only | `list_entries` |
| of all of these, oldest first | the same | `walk_entries` |
| who has entries, since a day | `PLATFORM#AUDITED` / `<day>#<id>` | `services.sealing` |
| how far all of that is sealed | `PLATFORM#SEALS` / `CURSOR` | `services.sealing` |
| how far an organisation's seals go | `O#SEALS` / `HEAD` | `services.chain` |

What belongs to no organisation (a sign-in with an unknown e-mail) is under `PLATFORM#`.
"""

from typing import Any

import orjson
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from prework import tables
from prework.dynamo import Item
from prework.tenancy import PLATFORM, Actor, key

SHARDS = 4


class Entry(Item, table=tables.AUDIT_LOG):
    """One thing that somebody did, or was refused."""

    audit_id = UnicodeAttribute()
    timestamp = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    action = UnicodeAttribute()
    user_id = UnicodeAttribute()
    entity_type = UnicodeAttribute()
    entity_id = UnicodeAttribute()
    old_values_json = UnicodeAttribute(attr_name="oldValues")
    new_values_json = UnicodeAttribute(attr_name="newValues")
    ip = UnicodeAttribute()
    user_agent = UnicodeAttribute()
    session_id = UnicodeAttribute()
    request_id = UnicodeAttribute()
    outcome = UnicodeAttribute()
    actor_kind = UnicodeAttribute(default="user")  # older entries have none
    reason = UnicodeAttribute(null=True)
    impersonator_id = UnicodeAttribute(null=True)
    gsi1pk = UnicodeAttribute()
    gsi2pk = UnicodeAttribute()
    gsi3pk = UnicodeAttribute()
    gsi4pk = UnicodeAttribute()

    @classmethod
    def from_raw_data(cls, data: dict[str, dict[str, Any]]) -> "Entry":
        """The entry in an item. Of one that somebody has altered, what is still a text in it:
        it keeps nobody from reading the others, and `audit_verify` names it.
        """
        return super().from_raw_data({name: data[name] for name in data if "S" in data[name]})

    @property
    def old_values(self) -> dict[str, Any]:
        return _values(self.old_values_json)

    @property
    def new_values(self) -> dict[str, Any]:
        return _values(self.new_values_json)


def _values(text: str) -> dict[str, Any]:
    """The values in a JSON text; in one that was altered to be none there are none."""
    try:
        values: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return values


class StaffAct(Item, table=tables.AUDIT_LOG):
    """That somebody of the staff did something: the way from them to the entry, wherever it is."""

    audit_id = UnicodeAttribute()
    timestamp = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    action = UnicodeAttribute()
    entity_type = UnicodeAttribute()
    entity_id = UnicodeAttribute()


class AuditDay(Item, table=tables.AUDIT_LOG):
    """A day on which an organisation has entries, so that empty days are never read."""


class ActiveOrganization(Item, table=tables.AUDIT_LOG):
    """An organisation that has entries on a day: who seals looks at no other."""

    organization_id = UnicodeAttribute()


class SealCursor(Item, table=tables.AUDIT_LOG):
    """The first day that is not sealed to its end everywhere."""

    day = UnicodeAttribute()


class SealHead(Item, table=tables.AUDIT_LOG):
    """An organisation's newest digest. The archive has the last word; this is where to look."""

    organization_id = UnicodeAttribute()
    sequence = NumberAttribute()
    window_end = UnicodeAttribute()
    digest_hash = UnicodeAttribute()


AUDITED, CURSOR, HEAD = key(PLATFORM, "AUDITED"), "CURSOR", "HEAD"
SEALS = key(PLATFORM, "SEALS")


def scope(actor: Actor, *parts: str) -> str:
    """A key in the actor's part of the trail."""
    if actor.organization_id == PLATFORM:
        return key(PLATFORM, *parts)
    return actor.key(*parts)


def staff_key(user_id: str) -> str:
    """The partition of what somebody of the staff did."""
    return key(PLATFORM, "STAFF", user_id)


def shard_of(audit_id: str) -> str:
    """One of a day's partitions, so that no single one takes all of an organisation's writes."""
    return str(int(audit_id[-2:], 16) % SHARDS)


def sort_key(timestamp: str, audit_id: str) -> str:
    """Entries sort by their time, then by their id."""
    return key(timestamp, audit_id)
