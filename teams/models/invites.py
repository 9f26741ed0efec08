"""Who is invited to a team.

| question | index and key | function in `queries` |
|---|---|---|
| who is invited to it | `O#TEAM#<id>` / `INVITE#<id>` | `list_invites`, `find_invite` |
| whether an address is | `O#TEAM#<id>` / `INVITED#<address>` | `find_invited` |
| the organisation's invitations, for staff | GSI1 `O#INVITES` / `<id>` | |
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from prework import clock, tables
from prework.dynamo import Item
from prework.tenancy import Actor, key


class Expiring(Item):
    """What counts until a moment; the table has no TTL, so it is there still after that."""

    expires_at = UnicodeAttribute()

    @property
    def is_expired(self) -> bool:
        """Whether it counts no more."""
        return clock.from_text(self.expires_at) <= clock.now()


class Invite(Expiring, table=tables.TEAMS):
    """A mailed way into a team, until it is used or revoked; too old, it can be sent anew."""

    invite_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    team_id = UnicodeAttribute()
    email = UnicodeAttribute()
    role = UnicodeAttribute()
    token_hash = UnicodeAttribute()
    invited_by = UnicodeAttribute()  # who has to be able to invite still when it is used
    created_at = UnicodeAttribute()
    sent_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute()
    gsi1sk = UnicodeAttribute()


class InvitedAddress(Expiring, table=tables.TEAMS):
    """Which invitation an e-mail address has to a team: there is one for each."""

    invite_id = UnicodeAttribute()


def invite_sort(invite_id: str) -> str:
    return key("INVITE", invite_id)


def invited_sort(normalised_email: str) -> str:
    return key("INVITED", normalised_email)


def invites_key(actor: Actor) -> str:
    return actor.key("INVITES")
