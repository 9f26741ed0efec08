"""What callers send and get about teams."""

from typing import Any

from rest_framework import serializers

from accounts.roles import TEAM_PERMISSIONS
from accounts.serializers import Email, Password, SessionOutput, UserOutput
from prework.wire import (
    Choice,
    Flag,
    Id,
    Input,
    Many,
    Moment,
    Name,
    Output,
    PageQuery,
    Text,
    Values,
    Whole,
)
from teams.roles import MEMBER, TEAM_ROLES

VISIBILITIES = ["organization", "private"]


class TeamPermissions(Many):
    """Permissions that count inside a team, each once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Choice(choices=sorted(TEAM_PERMISSIONS)), **options)

    def to_internal_value(self, data: Any) -> list[str]:
        return sorted(set(super().to_internal_value(data)))


class TeamSettingsInput(Input):
    """How a team is found and joined; what is not given is as the document shows it."""

    visibility = Choice(choices=VISIBILITIES, required=False)
    allow_member_invites = Flag(required=False)
    require_approval_for_join = Flag(required=False)
    default_permissions = TeamPermissions(required=False)


class TeamInput(Input):
    name = Name()
    description = Text(allow_blank=True, required=False)
    manager_id = Id(required=False)
    settings = TeamSettingsInput(required=False)


class CreateTeamInput(TeamInput):
    organization_id = Id(required=False)


class UpdateTeamInput(TeamInput):
    pass


class TeamsQuery(PageQuery):
    is_active = Choice(choices=["true", "false"], default="true")


class TeamSettingsOutput(Output):
    visibility = Choice(choices=VISIBILITIES)
    allow_member_invites = Flag()
    require_approval_for_join = Flag()
    default_permissions = TeamPermissions()


class TeamOutput(Output):
    team_id = Text(source="team.team_id")
    organization_id = Text(source="team.organization_id")
    name = Text(source="team.name")
    description = Text(source="team.description")
    manager_id = Text(source="team.manager_id")
    settings = TeamSettingsOutput(source="team.settings")
    is_active = Flag(source="team.is_active")
    member_count = Whole(source="team.member_count")
    created_at = Moment(source="team.created_at")
    updated_at = Moment(source="team.updated_at")
    my_role = Choice(choices=list(TEAM_ROLES), allow_null=True)


class MemberInput(Input):
    role = Choice(choices=list(TEAM_ROLES), default=MEMBER)
    permissions = TeamPermissions(default=list)


class AddMemberInput(MemberInput):
    user_id = Id()


class UpdateMemberInput(MemberInput):
    pass


class PersonOutput(Output):
    user_id = Text(source="row.user_id")
    team_id = Text(source="row.team_id")
    name = Text(source="user.name")
    email = Text(source="user.email")


class MemberOutput(PersonOutput):
    role = Choice(choices=list(TEAM_ROLES), source="row.role")
    permissions = TeamPermissions(source="row.permissions")
    joined_at = Moment(source="row.joined_at")


class HandOverInput(Input):
    user_id = Id()


class NoteInput(Input):
    """What somebody says beside what they do."""

    note = Text(max_length=500, allow_blank=True, default="")


class JoinRequestOutput(PersonOutput):
    requested_at = Moment(source="row.requested_at")
    note = Text(source="row.note")


class JoinOutput(Output):
    status = Choice(choices=["joined", "pending"])


class InviteInput(Input):
    email = Email()
    role = Choice(choices=list(TEAM_ROLES), default=MEMBER)


class InviteOutput(Output):
    """An invitation. Its token is in the mail alone."""

    invite_id = Text()
    team_id = Text()
    email = Text()
    role = Choice(choices=list(TEAM_ROLES))
    invited_by = Text()
    created_at = Moment()
    sent_at = Moment()
    expires_at = Moment()
    is_expired = Flag()


class AcceptInviteInput(Input):
    token = Text(max_length=512)
    name = Name(required=False)
    password = Password(required=False)


class AcceptedInviteOutput(Output):
    """Who came into which team. Who has an account only now is signed in, too."""

    success = Flag()
    status = Choice(choices=["joined"])
    team_id = Text(source="team.team_id")
    team_name = Text(source="team.name")
    organization_id = Text(source="team.organization_id")
    user_id = Text(source="member.user_id")
    role = Choice(choices=list(TEAM_ROLES), source="member.role")
    is_new_user = Flag()
    user = UserOutput(source="sign_in.user", required=False)
    token = Text(source="sign_in.token", required=False)
    session = SessionOutput(source="sign_in.session", required=False)


class TeamEventOutput(Output):
    """An event goes out as it was stored."""

    event_id = Text()
    event_type = Text()
    entity_type = Text()
    entity_id = Text()
    timestamp = Moment()
    user_id = Text()
    data = serializers.DictField()  # type: ignore[assignment]  # DRF takes fields off the class

    @classmethod
    def show(cls, thing: Any) -> Values:
        shown: Values = thing
        return shown
