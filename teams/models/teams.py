"""Teams, who is in them, and who asks to be.

| question | index and key | function in `queries` |
|---|---|---|
| a team, and how one belongs to it | `O#TEAM#<id>` / `METADATA`, `MEMBER#<user>` | `access_team` |
| the members of a team | `O#TEAM#<id>` / `MEMBER#…` | `list_members` |
| who asks to join it | `O#TEAM#<id>` / `REQUEST#<user>` | `list_requests` |
| the organisation's teams | GSI1 `O#TEAMS#<shelf>` / `TEAM#<id>` | `list_teams` |
| the teams of a user | GSI2 `O#USER#<id>` / `TEAM#<id>` | `list_user_teams`, `list_team_ids` |

A shelf is `organization`, `private` or `archived`.
"""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from prework import tables
from prework.dynamo import Item
from prework.tenancy import Actor, key
from teams.roles import ORGANIZATION

METADATA = "METADATA"
ARCHIVED = "archived"


class TeamSettings(MapAttribute[str, Any]):
    """How a team is found and joined. (`Item` names its own attributes, not a map's.)"""

    visibility = UnicodeAttribute(default=ORGANIZATION)
    allow_member_invites = BooleanAttribute(attr_name="allowMemberInvites", default=True)
    require_approval_for_join = BooleanAttribute(attr_name="requireApprovalForJoin", default=False)
    default_permissions: ListAttribute[str] = ListAttribute(
        attr_name="defaultPermissions", default=list
    )


def team_settings(values: dict[str, Any]) -> TeamSettings:
    """Settings with these values, and the defaults for the others."""
    return TeamSettings(**values)  # type: ignore[no-untyped-call]  # PynamoDB's is untyped


class Team(Item, table=tables.TEAMS):
    """A team. The counts move with the rows that they count, `version` with edits alone."""

    team_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute(default="")
    manager_id = UnicodeAttribute()
    settings = TeamSettings()  # type: ignore[no-untyped-call]  # PynamoDB's is untyped
    is_active = BooleanAttribute(default=True)
    member_count = NumberAttribute()
    lead_count = NumberAttribute()
    count_moves = NumberAttribute(
        default=0
    )  # how often a count was moved: who counts anew sees it
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute()
    gsi1sk = UnicodeAttribute()


class Member(Item, table=tables.TEAMS):
    """A user in a team; `permissions` are those beyond the role's and the team's defaults."""

    team_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    role = UnicodeAttribute()
    permissions: ListAttribute[str] = ListAttribute(default=list)
    joined_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi2pk = UnicodeAttribute()
    gsi2sk = UnicodeAttribute()


class JoinRequest(Item, table=tables.TEAMS):
    """A user who asks to be let into a team: one at a time for each."""

    team_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    requested_at = UnicodeAttribute()
    note = UnicodeAttribute(default="")


def team_key(actor: Actor, team_id: str) -> str:
    return actor.key("TEAM", team_id)


def teams_key(actor: Actor, shelf: str) -> str:
    return actor.key("TEAMS", shelf)


def user_key(actor: Actor, user_id: str) -> str:
    return actor.key("USER", user_id)


def team_sort(team_id: str) -> str:
    return key("TEAM", team_id)


def member_sort(user_id: str) -> str:
    return key("MEMBER", user_id)


def request_sort(user_id: str) -> str:
    return key("REQUEST", user_id)


def shelf_of(visibility: str, *, is_active: bool) -> str:
    """Which of the organisation's lists a team stands in."""
    return visibility if is_active else ARCHIVED
