"""The door of a team: what the caller may see of it, and do in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from accounts import queries as people
from prework.dynamo import AT_ONCE, each, fetch
from prework.entities import Entity
from prework.errors import FieldError, NotFound, PermissionDenied, ValidationFailed
from prework.tenancy import Actor
from teams.errors import TeamArchived
from teams.models.invites import Invite, InvitedAddress, invite_sort, invited_sort
from teams.models.teams import (
    METADATA,
    JoinRequest,
    Member,
    Team,
    member_sort,
    request_sort,
    team_key,
    team_sort,
    user_key,
)
from teams.roles import Deed, Standing, refusal_of

if TYPE_CHECKING:
    from accounts.models import User


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
    def standing(self) -> Standing:
        """All that decides what the actor may do in this team."""
        return standing_of(self.actor.permissions, self.team, self.membership)

    @property
    def permissions(self) -> frozenset[str]:
        """What the actor may do in this team."""
        return self.standing.permissions

    @property
    def is_visible(self) -> bool:
        """Whether the actor may know that the team is there."""
        return self.standing.is_visible

    @property
    def is_insider(self) -> bool:
        """Whether what goes on in the team is the actor's business."""
        return self.standing.is_insider

    def require_to(self, deed: Deed) -> None:
        """Refuse with 404 or 403 whoever may not do this with the team."""
        refusal = refusal_of(deed, self.standing)
        if refusal is not None:
            raise refusal

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
        self.require_to(Deed.READ)

    def require_active(self) -> None:
        """Refuse with 409 if the team is archived."""
        if not self.team.is_active:
            raise TeamArchived


def access_team(
    actor: Actor, team_id: str, to: Deed = Deed.SEE, *, needs: str | None = None
) -> TeamAccess:
    """A team, if the actor may see it, do this with it, and holds what it `needs` there.

    `NotFound` if it may not be seen, else `PermissionDenied`. An archived team is found, too.
    """
    found = load_teams(actor, [team_id])
    if not found:
        raise NotFound
    access = found[0]
    access.require_to(to)
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


def access_invite(actor: Actor, team_id: str, invite_id: str) -> tuple[TeamAccess, Invite]:
    """An invitation, for those who see to a team's invitations, and the team."""
    access = access_team(actor, team_id, Deed.MANAGE_INVITES)
    _, invite = find_invite(actor, team_id, invite_id)
    if invite is None:
        raise NotFound
    return access, invite


def find_invite(actor: Actor, team_id: str, invite_id: str) -> tuple[Team | None, Invite | None]:
    """An invitation and its team, for whoever knows of it already."""
    pk = team_key(actor, team_id)
    team, invite = fetch((Team, pk, METADATA), (Invite, pk, invite_sort(invite_id)))
    return team, invite


def find_invited(
    actor: Actor, team_id: str, normalised_email: str, user_id: str = ""
) -> tuple[InvitedAddress | None, Member | None]:
    """Whether an address has an invitation, and whether the user that it is of is a member."""
    pk = team_key(actor, team_id)
    address, member = fetch(
        (InvitedAddress, pk, invited_sort(normalised_email)), (Member, pk, member_sort(user_id))
    )
    return address, member


def access_candidate(actor: Actor, user_id: str, field_name: str) -> "User":
    """A user who may become something in a team: of the organisation, and not suspended."""
    user = people.access_user(actor, user_id)
    if not user.is_active:
        detail = "This user is suspended. Let them in again first."
        raise ValidationFailed([FieldError(field_name, "suspended", detail)])
    return user


def standing_of(held: frozenset[str], team: Team, membership: Member | None) -> Standing:
    """How somebody with these permissions in the organisation stands before a team."""
    return Standing(
        held=held,
        role=membership.role if membership else None,
        own=membership.permissions if membership else (),
        visibility=team.settings.visibility,
        allow_member_invites=team.settings.allow_member_invites,
        default_permissions=team.settings.default_permissions,
    )


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
