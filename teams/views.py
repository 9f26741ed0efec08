"""The HTTP face of teams and assignments."""

from typing import Any

from django.http import HttpResponse, JsonResponse

from prework.http.views import View, endpoint
from prework.wire import PageQuery
from teams import queries, services
from teams.serializers.assignments import (
    AssignmentCountsOutput,
    AssignmentOutput,
    AssignmentsQuery,
    CreateAssignmentsInput,
    CreatedAssignmentsOutput,
    TeamAssignmentsQuery,
    UpdateAssignmentInput,
)
from teams.serializers.teams import (
    AcceptedInviteOutput,
    AcceptInviteInput,
    AddMemberInput,
    CreateTeamInput,
    HandOverInput,
    InviteInput,
    InviteOutput,
    JoinOutput,
    JoinRequestOutput,
    MemberOutput,
    NoteInput,
    TeamEventOutput,
    TeamOutput,
    TeamsQuery,
    UpdateMemberInput,
    UpdateTeamInput,
)

HTTP_JOIN = {"joined": 200, "pending": 202}


class TeamsView(View):
    @endpoint(query=TeamsQuery, answer=TeamOutput, is_paged=True)
    def get(self, request: Any, query: Any) -> Any:
        """The organisation's teams that you may see, oldest first."""
        return queries.list_teams(self.actor, **query)

    @endpoint(body=CreateTeamInput, answer=TeamOutput, status=201)
    def post(self, request: Any, body: Any) -> Any:
        """Create a team; its manager becomes its first member and leads it."""
        return services.create_team(actor=self.actor, **body)


class TeamView(View):
    @endpoint(answer=TeamOutput)
    def get(self, request: Any, team_id: str) -> Any:
        """A team, and your role in it."""
        return queries.access_team(self.actor, team_id)

    @endpoint(body=UpdateTeamInput, answer=TeamOutput)
    def patch(self, request: Any, team_id: str, body: Any) -> Any:
        """Change a team's name, description, manager or settings."""
        return services.update_team(actor=self.actor, team_id=team_id, changes=body)

    @endpoint()
    def delete(self, request: Any, team_id: str) -> Any:
        """Archive a team. It stays readable and can be restored."""
        services.archive_team(actor=self.actor, team_id=team_id)


class TeamRestoreView(View):
    @endpoint(answer=TeamOutput)
    def post(self, request: Any, team_id: str) -> Any:
        """Open an archived team again."""
        return services.restore_team(actor=self.actor, team_id=team_id)


class TeamMembersView(View):
    @endpoint(query=PageQuery, answer=MemberOutput, is_paged=True)
    def get(self, request: Any, team_id: str, query: Any) -> Any:
        """The members of a team."""
        return queries.list_members(self.actor, team_id, **query)

    @endpoint(body=AddMemberInput, answer=MemberOutput, status=201)
    def post(self, request: Any, team_id: str, body: Any) -> Any:
        """Make a user of the organisation a member."""
        return services.add_member(actor=self.actor, team_id=team_id, **body)


class TeamMemberView(View):
    @endpoint(body=UpdateMemberInput, answer=MemberOutput)
    def patch(self, request: Any, team_id: str, user_id: str, body: Any) -> Any:
        """Change a member's role or own permissions."""
        return services.change_member(
            actor=self.actor, team_id=team_id, user_id=user_id, changes=body
        )

    @endpoint()
    def delete(self, request: Any, team_id: str, user_id: str) -> Any:
        """Remove a member, or leave."""
        services.remove_member(actor=self.actor, team_id=team_id, user_id=user_id)


class TeamJoinView(View):
    @endpoint(body=NoteInput, answer=JoinOutput)
    def post(self, request: Any, team_id: str, body: Any) -> HttpResponse:
        """Join a team: at once (200), or by a request that somebody decides on (202)."""
        status = services.join_team(actor=self.actor, team_id=team_id, **body)
        return JsonResponse({"status": status}, status=HTTP_JOIN[status])


class TeamJoinRequestsView(View):
    @endpoint(query=PageQuery, answer=JoinRequestOutput, is_paged=True)
    def get(self, request: Any, team_id: str, query: Any) -> Any:
        """Who asks to join a team."""
        return queries.list_requests(self.actor, team_id, **query)


class TeamJoinRequestView(View):
    @endpoint()
    def delete(self, request: Any, team_id: str, user_id: str) -> Any:
        """Withdraw your own request; `me` stands for your id."""
        services.withdraw_request(actor=self.actor, team_id=team_id, user_id=user_id)


class TeamJoinRequestApproveView(View):
    @endpoint(answer=MemberOutput)
    def post(self, request: Any, team_id: str, user_id: str) -> Any:
        """Let somebody in who asked."""
        return services.approve_request(actor=self.actor, team_id=team_id, user_id=user_id)


class TeamJoinRequestRejectView(View):
    @endpoint(body=NoteInput)
    def post(self, request: Any, team_id: str, user_id: str, body: Any) -> Any:
        """Turn somebody down who asked; the note is for them."""
        services.reject_request(actor=self.actor, team_id=team_id, user_id=user_id, **body)


class TeamHandOverView(View):
    @endpoint(body=HandOverInput, answer=TeamOutput)
    def post(self, request: Any, team_id: str, body: Any) -> Any:
        """Make another member the manager and a lead in your place."""
        return services.hand_over_lead(actor=self.actor, team_id=team_id, **body)


class TeamInvitesView(View):
    @endpoint(query=PageQuery, answer=InviteOutput, is_paged=True)
    def get(self, request: Any, team_id: str, query: Any) -> Any:
        """The open invitations to a team, oldest first."""
        return queries.list_invites(self.actor, team_id, **query)

    @endpoint(body=InviteInput, answer=InviteOutput, status=201)
    def post(self, request: Any, team_id: str, body: Any) -> Any:
        """Invite somebody by e-mail, with an account or without."""
        return services.create_invite(actor=self.actor, team_id=team_id, **body)


class TeamInviteView(View):
    @endpoint()
    def delete(self, request: Any, team_id: str, invite_id: str) -> Any:
        """Take an invitation back."""
        services.revoke_invite(actor=self.actor, team_id=team_id, invite_id=invite_id)


class TeamInviteResendView(View):
    @endpoint(answer=InviteOutput)
    def post(self, request: Any, team_id: str, invite_id: str) -> Any:
        """Mail an invitation anew, for another 7 days; the link before is dead."""
        return services.resend_invite(actor=self.actor, team_id=team_id, invite_id=invite_id)


class InviteAcceptView(View):
    is_public = True

    @endpoint(body=AcceptInviteInput, answer=AcceptedInviteOutput)
    def post(self, request: Any, body: Any) -> Any:
        """Come into a team by a mailed invitation; name and password if you have no account."""
        return services.accept_invite(origin=self.origin, **body)


class TeamActivityView(View):
    @endpoint(query=PageQuery, answer=TeamEventOutput, is_paged=True)
    def get(self, request: Any, team_id: str, query: Any) -> Any:
        """What has happened in a team, newest first."""
        return queries.list_activity(self.actor, team_id, **query)


class TeamAssignmentsView(View):
    @endpoint(query=TeamAssignmentsQuery, answer=AssignmentOutput, is_paged=True)
    def get(self, request: Any, team_id: str, query: Any) -> Any:
        """A team's assignments, what is being done first."""
        return queries.list_team_assignments(self.actor, team_id, **query)


class TeamAssignmentsSummaryView(View):
    @endpoint(answer=AssignmentCountsOutput)
    def get(self, request: Any, team_id: str) -> Any:
        """How many of a team's assignments are in each status, and how many are overdue."""
        return queries.summarize_team(self.actor, team_id)


class UserTeamsView(View):
    @endpoint(query=PageQuery, answer=TeamOutput, is_paged=True)
    def get(self, request: Any, user_id: str, query: Any) -> Any:
        """The teams that a user is in, as far as you may see them."""
        return queries.list_user_teams(self.actor, user_id, **query)


class AssignmentsView(View):
    @endpoint(query=AssignmentsQuery, answer=AssignmentOutput, is_paged=True)
    def get(self, request: Any, query: Any) -> Any:
        """Your assignments, another user's, or with analytics.view the organisation's."""
        return queries.list_assignments(self.actor, **query)

    @endpoint(body=CreateAssignmentsInput, answer=CreatedAssignmentsOutput, status=201)
    def post(self, request: Any, body: Any) -> Any:
        """Assign checklists to users and teams: all of them or none."""
        made = services.create_assignments(actor=self.actor, **body)
        return {"created": len(made), "items": made}


class AssignmentsSummaryView(View):
    @endpoint(answer=AssignmentCountsOutput)
    def get(self, request: Any) -> Any:
        """How many of the organisation's assignments are in each status, and are overdue."""
        return queries.summarize_organization(self.actor)


class AssignmentView(View):
    @endpoint(answer=AssignmentOutput)
    def get(self, request: Any, assignment_id: str) -> Any:
        """An assignment."""
        return queries.show_assignment(self.actor, assignment_id)

    @endpoint(body=UpdateAssignmentInput, answer=AssignmentOutput)
    def patch(self, request: Any, assignment_id: str, body: Any) -> Any:
        """Take an assignment a step further, or change what is asked for."""
        return services.update_assignment(
            actor=self.actor, assignment_id=assignment_id, changes=body
        )

    @endpoint()
    def delete(self, request: Any, assignment_id: str) -> Any:
        """Take an assignment back."""
        services.delete_assignment(actor=self.actor, assignment_id=assignment_id)
