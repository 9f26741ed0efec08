"""What can be asked of teams and assignments."""

from django.urls import path

from teams import views

TEAM = "teams/<str:team_id>"

urlpatterns = [
    path("teams", views.TeamsView.as_view()),
    path(TEAM, views.TeamView.as_view()),
    path(f"{TEAM}/restore", views.TeamRestoreView.as_view()),
    path(f"{TEAM}/members", views.TeamMembersView.as_view()),
    path(f"{TEAM}/members/<str:user_id>", views.TeamMemberView.as_view()),
    path(f"{TEAM}/join", views.TeamJoinView.as_view()),
    path(f"{TEAM}/join-requests", views.TeamJoinRequestsView.as_view()),
    path(
        f"{TEAM}/join-requests/<str:user_id>/approve", views.TeamJoinRequestApproveView.as_view()
    ),
    path(f"{TEAM}/join-requests/<str:user_id>/reject", views.TeamJoinRequestRejectView.as_view()),
    path(f"{TEAM}/join-requests/<str:user_id>", views.TeamJoinRequestView.as_view()),
    path(f"{TEAM}/hand-over", views.TeamHandOverView.as_view()),
    path(f"{TEAM}/invites", views.TeamInvitesView.as_view()),
    path(f"{TEAM}/invites/<str:invite_id>", views.TeamInviteView.as_view()),
    path(f"{TEAM}/invites/<str:invite_id>/resend", views.TeamInviteResendView.as_view()),
    path("invites/accept", views.InviteAcceptView.as_view()),
    path(f"{TEAM}/activity", views.TeamActivityView.as_view()),
    path(f"{TEAM}/assignments", views.TeamAssignmentsView.as_view()),
    path(f"{TEAM}/assignments/summary", views.TeamAssignmentsSummaryView.as_view()),
    path("users/<str:user_id>/teams", views.UserTeamsView.as_view()),
    path("assignments", views.AssignmentsView.as_view()),
    path("assignments/summary", views.AssignmentsSummaryView.as_view()),
    path("assignments/<str:assignment_id>", views.AssignmentView.as_view()),
]
