"""Who is in a team, as what, and with which permissions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.expressions.update import Action

from accounts import queries as people
from accounts.services import bump_rights
from prework import clock
from prework.changes import Change, retry_stale
from prework.dynamo import find
from prework.errors import NotFound, Stale
from prework.tenancy import Actor
from teams import queries
from teams.errors import AlreadyMember, LastTeamLead
from teams.events.teams import MemberAdded, MemberRemoved, MemberUpdated
from teams.models.teams import (
    JoinRequest,
    Member,
    Team,
    member_sort,
    request_sort,
    team_key,
    team_sort,
    user_key,
)
from teams.queries import Person, TeamAccess
from teams.roles import LEAD, MEMBER, Deed, permissions_in_team
from teams.services.invites import void_invite
from teams.services.succession import hand_over

Values = dict[str, Any]


@dataclass(frozen=True)
class Appointment:
    """What making somebody a lead adds to the team's counters, for a change of the team itself."""

    members: int = 0
    leads: int = 0
    actions: Sequence[Action] = field(default_factory=list)

    def counts(self, team: Team) -> Values:
        """The counters as they are afterwards."""
        return {
            "member_count": team.member_count + self.members,
            "lead_count": team.lead_count + self.leads,
        }


@retry_stale
def add_member(
    *,
    actor: Actor,
    team_id: str,
    user_id: str,
    role: str = MEMBER,
    permissions: Iterable[str] = (),
) -> Person:
    """Take a user of the organisation into a team. An open request of theirs is settled by it."""
    access = queries.access_team(actor, team_id, Deed.MANAGE)
    access.require_active()
    access.require_all(permissions_in_team(role, permissions, []))
    user = queries.access_candidate(actor, user_id, "userId")
    member, request = queries.find_membership(actor, team_id, user_id)
    if member is not None:
        raise AlreadyMember
    member = new_member(actor, team_id, user_id, role, permissions)
    with Change(actor=actor) as change:
        enrol(change=change, access=access, member=member, via="added", request=request)
    return Person(member, user)


@retry_stale
def change_member(*, actor: Actor, team_id: str, user_id: str, changes: Values) -> Person:
    """Give a member another role or other permissions of their own in the team.

    If the manager is to lead no more, another lead becomes the manager.
    """
    access = queries.access_team(actor, team_id, Deed.MANAGE)
    access.require_active()
    member, _ = queries.find_membership(actor, team_id, user_id)
    if member is None:
        raise NotFound
    actor.check_match(member.etag)
    user = people.access_user(actor, user_id)
    new = {name: value for name, value in changes.items() if getattr(member, name) != value}
    if not new:
        return Person(member, user)
    old = {name: getattr(member, name) for name in new}
    role, permissions = new.get("role", member.role), new.get("permissions", member.permissions)
    held = permissions_in_team(member.role, member.permissions, [])
    access.require_all(permissions_in_team(role, permissions, []) - held)
    with Change(actor=actor) as change:
        change.update(member, *[getattr(Member, name).set(value) for name, value in new.items()])
        leads = (role == LEAD) - (member.role == LEAD)
        _count(change, access, leads=leads, leaver_id=user_id if leads < 0 else None)
        bump_rights(change, actor, user_id)
        change.record(
            MemberUpdated(
                entity_id=team_id,
                team_name=access.team.name,
                user_id=user_id,
                old_values={"user_id": user_id, **old},
                new_values={"user_id": user_id, **new},
            )
        )
    member.role, member.permissions, member.version = role, permissions, member.version + 1
    return Person(member, user)


@retry_stale
def remove_member(*, actor: Actor, team_id: str, user_id: str) -> None:
    """Take a member out of a team; anybody may leave, but for the last lead.

    When the manager goes, another lead becomes the manager. An invitation that whoever is removed
    still has goes too: it is no way back in.
    """
    access = queries.access_team(actor, team_id)
    is_leaving = access.membership is not None and user_id == actor.user_id
    if not is_leaving:
        access.require_to(Deed.MANAGE)
    access.require_active()
    member, _ = queries.find_membership(actor, team_id, user_id)
    if member is None:
        raise NotFound
    actor.check_match(member.etag)
    with Change(actor=actor) as change:
        change.delete(member, Member.version == member.version, Stale)
        if not is_leaving:
            void_invite(change=change, access=access, user_id=user_id)
        leads = -(member.role == LEAD)
        _count(change, access, members=-1, leads=leads, leaver_id=user_id)
        bump_rights(change, actor, user_id)
        change.record(
            MemberRemoved(
                entity_id=team_id,
                team_name=access.team.name,
                user_id=user_id,
                old_values={
                    "user_id": user_id,
                    "role": member.role,
                    "permissions": member.permissions,
                },
                new_values={"user_id": user_id},
            )
        )


def new_member(
    actor: Actor, team_id: str, user_id: str, role: str, permissions: Iterable[str] = ()
) -> Member:
    """A membership that is not written yet."""
    return Member(
        team_key(actor, team_id),
        member_sort(user_id),
        team_id=team_id,
        user_id=user_id,
        role=role,
        permissions=sorted(permissions),
        joined_at=clock.to_text(clock.now()),
        gsi2pk=user_key(actor, user_id),
        gsi2sk=team_sort(team_id),
    )


def enrol(
    *,
    change: Change,
    access: TeamAccess,
    member: Member,
    via: str,
    request: JoinRequest | None = None,
    is_new_user: bool = False,
) -> None:
    """Write a new membership, and all that goes with it, into an open Change.

    Raises `Stale` at the commit if the team is no longer as it was read: wrap the service in
    `retry_stale`.
    """
    change.put(member, otherwise=AlreadyMember)
    if request is not None:
        change.delete(request, otherwise=Stale)
    elif not is_new_user:
        _settle_request(change, member)
    _count(change, access, members=1, leads=int(member.role == LEAD))
    if not is_new_user:  # of whom nobody has the rights yet, and who is written by this change
        bump_rights(change, access.actor, member.user_id)
    _tell_added(change, access, member, via)


def _settle_request(change: Change, member: Member) -> None:
    """Remove a request that was not read, or is made at this moment: no member has one."""
    request = JoinRequest(member.pk, request_sort(member.user_id))
    change.delete(request, JoinRequest.pk.exists() | JoinRequest.pk.does_not_exist())


def appoint(*, change: Change, access: TeamAccess, user_id: str) -> Appointment:
    """Make a user a lead of the team, as its new manager, within a change of the team."""
    actor, team = access.actor, access.team
    queries.access_candidate(actor, user_id, "managerId")
    pk = team_key(actor, team.team_id)
    member = find(Member, pk, member_sort(user_id))
    if member is not None and member.role == LEAD:
        change.require(Member, pk, member.sk, Member.version == member.version, Stale)
        return Appointment()
    access.require_to(Deed.APPOINT)
    if member is None:
        lead = new_member(actor, team.team_id, user_id, LEAD)
        change.put(lead, otherwise=Stale)
        _settle_request(change, lead)
        bump_rights(change, actor, user_id)
        _tell_added(change, access, lead, "appointed")
        added = 1
    else:
        change.update(member, Member.role.set(LEAD))
        bump_rights(change, actor, user_id)
        tell_role(change, access, member, LEAD)
        added = 0
    actions = [Team.member_count.add(added), Team.lead_count.add(1), Team.count_moves.add(1)]
    return Appointment(added, 1, actions)


def _count(
    change: Change,
    access: TeamAccess,
    *,
    members: int = 0,
    leads: int = 0,
    leaver_id: str | None = None,
) -> None:
    """Move the team's counters with its rows, if it is still as it was read and keeps a lead."""
    team = access.team
    if not members and not leads:
        change.require(Team, team.pk, team.sk, Team.version == team.version, Stale)
        return
    if leads < 0 and team.lead_count + leads < 1:
        raise LastTeamLead
    passed_on = hand_over(change=change, access=access, leaver_id=leaver_id) if leaver_id else []
    condition = Team.version == team.version
    if leads < 0:
        condition &= Team.lead_count > -leads
    change.adjust(
        Team,
        team.pk,
        team.sk,
        Team.member_count.add(members),
        Team.lead_count.add(leads),
        Team.count_moves.add(1),
        *passed_on,
        condition=condition,
        otherwise=Stale,
    )


def _tell_added(change: Change, access: TeamAccess, member: Member, via: str) -> None:
    change.record(
        MemberAdded(
            entity_id=member.team_id,
            team_name=access.team.name,
            user_id=member.user_id,
            new_values={
                "user_id": member.user_id,
                "role": member.role,
                "permissions": member.permissions,
                "via": via,
            },
        )
    )


def tell_role(change: Change, access: TeamAccess, member: Member, role: str) -> None:
    """Say in an open Change that a member's role is another now."""
    change.record(
        MemberUpdated(
            entity_id=member.team_id,
            team_name=access.team.name,
            user_id=member.user_id,
            old_values={"user_id": member.user_id, "role": member.role},
            new_values={"user_id": member.user_id, "role": role},
        )
    )
