"""Invitations by e-mail: sent, sent again, taken back. How one is used is in `accepting`."""

from datetime import timedelta

from django.conf import settings
from pynamodb.expressions.condition import Condition

from accounts import queries as people
from accounts.errors import EmailTaken
from accounts.services import count_invitation_mail
from prework import addresses, clock, tokens
from prework.changes import Change, retry_stale
from prework.errors import Stale
from prework.ids import new_id
from prework.outbox import Letter, post
from prework.tenancy import Actor
from teams import queries
from teams.errors import AlreadyInvited, AlreadyMember
from teams.events.invites import InviteCreated, InviteEvent, InviteResent, InviteRevoked
from teams.models.invites import Invite, InvitedAddress, invite_sort, invited_sort, invites_key
from teams.models.teams import Team, team_key
from teams.queries import TeamAccess
from teams.roles import LEAD, MEMBER, Deed

VALID = timedelta(days=7)
MAIL = """{inviter} invites you to the team {team} of {organization}.

To come in, open this within {days} days:

{url}/accept-invite#token={token}

The link works once, and only for this address. If you do not want it, there is nothing to do.
"""


@retry_stale
def create_invite(*, actor: Actor, team_id: str, email: str, role: str = MEMBER) -> Invite:
    """Invite somebody to a team by e-mail: a colleague, or somebody who has no account yet.

    One invitation is open for a team and an address; one that is too old makes way.
    """
    actor.require_in_person()
    access = queries.access_team(actor, team_id, Deed.INVITE_USER)
    access.require_active()
    shown, normalised = addresses.parse(email)
    account = people.find_account_by_email(shown)
    user_id = account[1] if account and account[0] == actor.organization_id else None
    access.require_to(inviting(role, is_colleague=user_id is not None))
    if account and not user_id:
        raise EmailTaken
    if user_id:
        queries.access_candidate(actor, user_id, "email")
    before, member = queries.find_invited(actor, team_id, normalised, user_id or "")
    if member is not None:
        raise AlreadyMember
    if before is not None and not before.is_expired:
        raise AlreadyInvited
    invite, token = _new_invite(actor, access.team, shown, role)
    count_invitation_mail(actor, shown)
    with Change(actor=actor) as change:
        _put(change, access, invite, normalised, before)
        post(change, _letter(access, invite, token))
        change.record(_told(InviteCreated, access, invite, user_id))
    return invite


@retry_stale
def resend_invite(*, actor: Actor, team_id: str, invite_id: str) -> Invite:
    """Mail an invitation anew, for another 7 days, in your own name; the link before is dead."""
    actor.require_in_person()
    access, invite = queries.access_invite(actor, team_id, invite_id)
    access.require_to(inviting(invite.role, is_colleague=False))
    access.require_active()
    token, values = _sent_now(actor, invite)
    count_invitation_mail(actor, invite.email)
    for name, value in values.items():
        setattr(invite, name, value)
    with Change(actor=actor) as change:
        change.update(invite, *[getattr(Invite, name).set(one) for name, one in values.items()])
        change.adjust(
            InvitedAddress,
            invite.pk,
            _address_sort(invite),
            InvitedAddress.expires_at.set(values["expires_at"]),
            condition=InvitedAddress.invite_id == invite_id,
            otherwise=Stale,
        )
        change.require(Team, invite.pk, access.team.sk, _is_as_read(access), Stale)
        post(change, _letter(access, invite, token))
        change.record(_told(InviteResent, access, invite))
    invite.version += 1
    return invite


@retry_stale
def revoke_invite(*, actor: Actor, team_id: str, invite_id: str) -> None:
    """Take an invitation back; its link is dead at once. That goes in an archived team, too."""
    access, invite = queries.access_invite(actor, team_id, invite_id)
    with Change(actor=actor) as change:
        remove_invite(change, invite, otherwise=Stale)
        change.record(_told(InviteRevoked, access, invite))


def void_invite(*, change: Change, access: TeamAccess, user_id: str) -> None:
    """Take back what invitation a user has, within an open Change."""
    actor, team_id = access.actor, access.team.team_id
    user = people.load_users(actor, [user_id]).get(user_id)
    if user is None:
        return
    _, normalised = addresses.parse(user.email)
    address, _ = queries.find_invited(actor, team_id, normalised)
    _, invite = queries.find_invite(actor, team_id, address.invite_id) if address else (None, None)
    if invite is not None:
        remove_invite(change, invite, otherwise=Stale)
        change.record(_told(InviteRevoked, access, invite))


def remove_invite(change: Change, invite: Invite, *, otherwise: type[Exception]) -> None:
    """Remove an invitation as it was read, so that its address can be invited again."""
    address = InvitedAddress(invite.pk, _address_sort(invite))
    change.delete(invite, Invite.version == invite.version, otherwise)
    change.delete(address, InvitedAddress.invite_id == invite.invite_id, otherwise)


def inviting(role: str, *, is_colleague: bool) -> Deed:
    """What it is to invite somebody as this."""
    if role == LEAD:
        return Deed.INVITE_LEAD
    return Deed.INVITE_USER if is_colleague else Deed.INVITE_STRANGER


def _new_invite(actor: Actor, team: Team, email: str, role: str) -> tuple[Invite, str]:
    invite_id = new_id()
    invite = Invite(
        team_key(actor, team.team_id),
        invite_sort(invite_id),
        invite_id=invite_id,
        organization_id=actor.organization_id,
        team_id=team.team_id,
        email=email,
        role=role,
        created_at=clock.to_text(clock.now()),
        gsi1pk=invites_key(actor),
        gsi1sk=invite_id,
    )
    token, values = _sent_now(actor, invite)
    for name, value in values.items():
        setattr(invite, name, value)
    return invite, token


def _sent_now(actor: Actor, invite: Invite) -> tuple[str, dict[str, str]]:
    """A new token, and what of the invitation it changes. Staff send in the inviter's name."""
    token = tokens.issue(tokens.INVITE, invite.organization_id, invite.team_id, invite.invite_id)
    now = clock.now()
    return token, {
        "token_hash": tokens.digest(token),
        "sent_at": clock.to_text(now),
        "expires_at": clock.to_text(now + VALID),
        "invited_by": invite.invited_by if actor.kind == "staff" else actor.user_id,
    }


def _put(
    change: Change,
    access: TeamAccess,
    invite: Invite,
    normalised: str,
    before: InvitedAddress | None,
) -> None:
    address = InvitedAddress(
        invite.pk,
        invited_sort(normalised),
        invite_id=invite.invite_id,
        expires_at=invite.expires_at,
    )
    is_free: Condition = InvitedAddress.pk.does_not_exist()
    if before is not None:
        change.delete(Invite(invite.pk, invite_sort(before.invite_id)), otherwise=Stale)
        is_free = InvitedAddress.expires_at == before.expires_at
    change.put(address, is_free, Stale)
    change.put(invite)
    change.require(Team, invite.pk, access.team.sk, _is_as_read(access), Stale)


def _letter(access: TeamAccess, invite: Invite, token: str) -> Letter:
    organization, actor = people.access_organization(access.actor), access.actor
    body = MAIL.format(
        inviter=organization.name if actor.kind == "staff" else actor.name,
        team=access.team.name,
        organization=organization.name,
        days=VALID.days,
        url=settings.PUBLIC_URL,
        token=token,
    )
    subject = f"You are invited to the team {access.team.name}"
    return Letter(to=invite.email, subject=subject, body=body, until=invite.expires_at)


def _told(
    kind: type[InviteEvent], access: TeamAccess, invite: Invite, user_id: str | None = None
) -> InviteEvent:
    about = {"invite_id": invite.invite_id, "email": invite.email, "role": invite.role}
    is_gone = kind is InviteRevoked
    return kind(
        entity_id=invite.team_id,
        team_name=access.team.name,
        user_id=user_id,
        invite_id=invite.invite_id,
        role=invite.role,
        old_values=about if is_gone else {},
        new_values={} if is_gone else about,
    )


def _address_sort(invite: Invite) -> str:
    _, normalised = addresses.parse(invite.email)
    return invited_sort(normalised)


def _is_as_read(access: TeamAccess) -> Condition:
    return Team.version == access.team.version
