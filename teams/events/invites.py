"""What can have happened to invitations."""

from dataclasses import dataclass
from typing import Any

from prework.events import of
from teams.events.teams import TeamEvent

INVITE = {
    "invite_id": "the invitation",
    "email": "whom it was mailed to",
    "role": "as what they are to join",
    "invited_by": "who invited them",
    "user_id": "who they are, where they have an account",
    "is_new_user": "whether their account was made by this",
}
INVITED = of(INVITE, "invite_id", "email", "role")


@dataclass(frozen=True, kw_only=True)
class InviteEvent(TeamEvent):
    """Something about an invitation; the team is not told the address, which the trail shows."""

    invite_id: str
    role: str

    def data(self) -> dict[str, Any]:
        about = {"user_id": self.user_id} if self.user_id else {}
        invite = {"invite_id": self.invite_id, "role": self.role}
        return {"team_name": self.team_name, **about, **invite}


@dataclass(frozen=True, kw_only=True)
class InviteCreated(InviteEvent):
    """Somebody was invited to a team by e-mail."""

    code = "team.invite.created"
    sentence = "invited {email} to the team {team_name} as {role}"
    new_fields = INVITED


@dataclass(frozen=True, kw_only=True)
class InviteResent(InviteEvent):
    """An invitation was mailed again; the link of the mail before is dead."""

    code = "team.invite.resent"
    sentence = "invited {email} to the team {team_name} once more"
    new_fields = INVITED


@dataclass(frozen=True, kw_only=True)
class InviteRevoked(InviteEvent):
    """An invitation was taken back."""

    code = "team.invite.revoked"
    sentence = "took back the invitation of {email} to the team {team_name}"
    old_fields = INVITED


@dataclass(frozen=True, kw_only=True)
class InviteAccepted(InviteEvent):
    """Somebody who was invited to a team has come."""

    code = "team.invite.accepted"
    sentence = "accepted the invitation to the team {team_name}"
    new_fields = INVITE
