"""Using an invitation: somebody proves by a mailed token that the mailbox is theirs."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from accounts import queries as people
from accounts import services as accounts
from accounts.errors import EmailTaken
from prework import tokens
from prework.changes import Change, retry_stale
from prework.dynamo import fetch
from prework.errors import (
    FieldError,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Stale,
    ValidationFailed,
)
from prework.ids import new_id
from prework.tenancy import Actor, Origin, system_actor
from teams import queries
from teams.errors import AlreadyMember, InvalidInviteToken
from teams.events.invites import InviteAccepted
from teams.models.invites import Invite
from teams.models.teams import JoinRequest, Member, Team, member_sort, request_sort
from teams.queries import TeamAccess
from teams.roles import refusal_of
from teams.services import members
from teams.services.invites import inviting, remove_invite

if TYPE_CHECKING:
    from accounts.models import Organization, User


@dataclass(frozen=True)
class Accepted:
    """Who has come into which team; with a sign-in, if they have an account only now."""

    team: Team
    member: Member
    sign_in: accounts.SignIn | None = None
    status: str = "joined"
    success: bool = True

    @property
    def is_new_user(self) -> bool:
        return self.sign_in is not None


@dataclass(frozen=True)
class _Invitation:
    """What a genuine token stands for, read at once."""

    team: Team
    invite: Invite
    organization: "Organization"
    user: "User | None"  # whose the address is
    request: JoinRequest | None


@retry_stale
def accept_invite(
    *, origin: Origin, token: str, name: str | None = None, password: str | None = None
) -> Accepted:
    """Come into the team that one is invited to, once, and with an account from then on.

    Who has an account keeps it as it is, and is given no sign-in: a mailbox is no password.
    """
    found = _redeemable(token, origin)
    if found.user is None:
        return _come_as_new(found, origin, name, password)
    actor = Actor(
        organization_id=found.invite.organization_id,
        user_id=found.user.user_id,
        name=found.user.name,
        role=found.user.role,
        origin=origin,
    )
    with Change(actor=actor) as change:
        member = _enrol(change, found, request=found.request)
    return Accepted(found.team, member)


def _come_as_new(
    found: _Invitation, origin: Origin, name: str | None, password: str | None
) -> Accepted:
    if not name or password is None:
        asked = {"name": name, "password": password}
        detail = "There is no account with this address yet: say who you are."
        raise ValidationFailed(
            [FieldError(one, "required", detail) for one, given in asked.items() if not given]
        )
    invite, user_id = found.invite, new_id()
    system = system_actor(invite.organization_id, origin=origin)
    actor = replace(system, user_id=user_id, name=name)
    try:
        with Change(actor=actor) as change:
            user = accounts.create_user(
                actor=actor,
                user_id=user_id,
                email=invite.email,
                name=name,
                role="member",
                password=password,
                change=change,
            )
            member = _enrol(change, found, is_new_user=True)
            signed_in = accounts.open_session(
                change, user=user, organization=found.organization, session_id=new_id()
            )
    except EmailTaken:  # since it was looked for, by an admin or in another organisation
        raise Stale from None
    return Accepted(found.team, member, signed_in)


def _enrol(
    change: Change,
    found: _Invitation,
    *,
    request: JoinRequest | None = None,
    is_new_user: bool = False,
) -> Member:
    actor, team, invite = change.actor, found.team, found.invite
    access = TeamAccess(actor, team, None)
    member = members.new_member(actor, team.team_id, actor.user_id, invite.role)
    remove_invite(change, invite, otherwise=InvalidInviteToken)
    members.enrol(
        change=change,
        access=access,
        member=member,
        via="invited",
        request=request,
        is_new_user=is_new_user,
    )
    change.record(
        InviteAccepted(
            entity_id=team.team_id,
            team_name=team.name,
            user_id=actor.user_id,
            invite_id=invite.invite_id,
            role=invite.role,
            new_values={
                "invite_id": invite.invite_id,
                "email": invite.email,
                "role": invite.role,
                "invited_by": invite.invited_by,
                "user_id": actor.user_id,
                "is_new_user": is_new_user,
            },
        )
    )
    return member


def _redeemable(token: str, origin: Origin) -> _Invitation:
    """The invitation of a token that is genuine, and may be used now."""
    system, team, invite = _genuine(token, origin)
    try:
        organization = people.access_organization(system)
    except NotFound:
        raise InvalidInviteToken from None
    if not organization.is_active:
        raise InvalidInviteToken
    TeamAccess(system, team, None).require_active()
    account = people.find_account_by_email(invite.email)
    if account and account[0] != invite.organization_id:
        raise EmailTaken
    user_id = account[1] if account else ""
    users = people.load_users(system, [invite.invited_by, *filter(None, [user_id])])
    member, request, inviter = fetch(
        (Member, team.pk, member_sort(user_id)),
        (JoinRequest, team.pk, request_sort(user_id)),
        (Member, team.pk, member_sort(invite.invited_by)),
    )
    if not _may_invite(team, invite, users.get(invite.invited_by), inviter, bool(account)):
        raise InvalidInviteToken
    if member is not None:
        _genuine(token, origin)  # it may be by this invitation, used since it was read
        raise AlreadyMember
    user = users.get(user_id)
    if user is not None and not user.is_active:
        raise PermissionDenied(detail="The account with this address is suspended.")
    return _Invitation(team, invite, organization, user, request)


def _genuine(token: str, origin: Origin) -> tuple[Actor, Team, Invite]:
    try:
        organization_id, team_id, invite_id = tokens.parts_of(token, tokens.INVITE, count=3)
    except NotAuthenticated:
        raise InvalidInviteToken from None
    system = system_actor(organization_id, origin=origin)
    team, invite = queries.find_invite(system, team_id, invite_id)
    if team is None or invite is None or not tokens.is_same(token, invite.token_hash):
        raise InvalidInviteToken
    if invite.is_expired:
        raise InvalidInviteToken
    return system, team, invite


def _may_invite(
    team: Team,
    invite: Invite,
    inviter: "User | None",
    membership: Member | None,
    is_colleague: bool,
) -> bool:
    """Whether whoever sent it could send it now: what they lost since, they do not give."""
    if inviter is None or not inviter.is_active:
        return False
    standing = queries.standing_of(inviter.permissions, team, membership)
    deed = inviting(invite.role, is_colleague=is_colleague)
    return refusal_of(deed, standing) is None
