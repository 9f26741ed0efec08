"""The door of a team: what the caller may see of it, and do in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from prework.dynamo import AT_ONCE, each, fetch
from prework.entities import Entity
from prework.errors import NotFound, PermissionDenied
from prework.tenancy import Actor
from teams.errors import TeamArchived
from teams.models import (
    METADATA,
    PRIVATE,
    JoinRequest,
    Member,
    Team,
    member_sort,
    request_sort,
    team_key,
    team_sort,
    user_key,
)
from teams.roles import permissions_in_team


@dataclass(frozen=True)
class TeamAccess:
    """A team, as one actor meets it."""

    actor: Actor
    team: Team
    membership: Member | None

    @property
    def etag(self) -> str:
        return self.team.etag

    @property
    def my_role(self) -> str | None:
        """The actor's role in the team, if it has one."""
        return self.membership.role if self.membership else None

    @property
    def permissions(self) -> frozenset[str]:
        """What the actor may do in this team."""
        return team_permissions(self.actor, self.team, self.membership)

    @property
    def is_visible(self) -> bool:
        """Whether the actor may know that the team is there."""
        is_open = self.team.settings.visibility != PRIVATE
        return is_open or self.is_insider

    @property
    def is_insider(self) -> bool:
        """Whether what goes on in the team is the actor's business."""
        return self.membership is not None or self.actor.may("team.update")

    def require(self, permission: str) -> None:
        """Refuse with 403 unless the actor holds the permission in this team."""
        if permission not in self.permissions:
            raise PermissionDenied(permission)

    def require_all(self, permissions: Iterable[str]) -> None:
        """Refuse unless the actor holds all of these: nobody gives what they do not hold."""
        for permission in sorted(permissions):
            self.require(permission)

    def require_insider(self) -> None:
        """Refuse those who may see the team, but not what goes on in it."""
        if not self.is_insider:
            raise PermissionDenied("team.update", "Only members of the team may do this.")

    def require_active(self) -> None:
        """Refuse with 409 if the team is archived."""
        if not self.team.is_active:
            raise TeamArchived


def access_team(actor: Actor, team_id: str, needs: str | None = None) -> TeamAccess:
    """A team, if the actor may see it and holds what it `needs` there.

    `NotFound` if it may not be seen, else `PermissionDenied`. An archived team is found, too.
    """
    found = load_teams(actor, [team_id])
    if not found or not found[0].is_visible:
        raise NotFound
    access = found[0]
    if needs is not None:
        access.require(needs)
    return access


def load_teams(actor: Actor, team_ids: Iterable[str]) -> list[TeamAccess]:
    """These teams in this order, also those not to be seen; unknown ones are left out."""
    ids = list(team_ids)
    keys = [team_key(actor, team_id) for team_id in ids]
    own = member_sort(actor.user_id)
    found = fetch(*[(Team, pk, METADATA) for pk in keys], *[(Member, pk, own) for pk in keys])
    pairs = zip(found[: len(ids)], found[len(ids) :], strict=True)
    return [TeamAccess(actor, team, membership) for team, membership in pairs if team]


def find_membership(
    actor: Actor, team_id: str, user_id: str
) -> tuple[Member | None, JoinRequest | None]:
    """A user's membership of a team, and their open request to join it."""
    pk = team_key(actor, team_id)
    wanted = (Member, pk, member_sort(user_id)), (JoinRequest, pk, request_sort(user_id))
    member, request = fetch(*wanted)
    return member, request


def team_permissions(actor: Actor, team: Team, membership: Member | None) -> frozenset[str]:
    """What an actor may do in a team: an organisation's permission suffices for every team."""
    if membership is None:
        return actor.permissions
    defaults = team.settings.default_permissions
    given = permissions_in_team(membership.role, membership.permissions, defaults)
    return actor.permissions | given


def list_team_ids(actor: Actor, user_id: str) -> list[str]:
    """The teams that a user of the organisation is in, archived ones too, each read anew."""
    return list(memberships_of(actor, user_id))


def memberships_of(actor: Actor, user_id: str, after: str = "") -> Iterator[str]:
    """The ids of a user's teams above `after`, in order: the index names, the row decides."""
    named = named_teams(actor, user_id, after, AT_ONCE)
    while ids := list(islice(named, AT_ONCE)):
        row = member_sort(user_id)
        rows = fetch(*[(Member, team_key(actor, team_id), row) for team_id in ids])
        yield from (member.team_id for member in rows if member)


def named_teams(
    actor: Actor, user_id: str, after: str = "", page_size: int | None = None
) -> Iterator[str]:
    """The ids of the teams that the index has for a user: ask the rows before relying on one."""
    rows = each(
        Member,
        user_key(actor, user_id),
        index=2,
        sort=Member.gsi2sk > team_sort(after),
        page_size=page_size,
    )
    return (row.team_id for row in rows)


def access_team_as_entity(
    actor: Actor, entity_type: str, entity_id: str, *, to_write: bool = False
) -> Entity:
    """A team's door for files and the like: who may see it reads, who is in it writes."""
    access = access_team(actor, entity_id)
    if to_write:
        access.require_insider()
        access.require_active()
    return Entity(entity_type=entity_type, entity_id=entity_id, team_id=entity_id)
