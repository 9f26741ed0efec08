"""What can be done with teams and assignments. Views and other domains call these by this name."""

from teams.services.accepting import Accepted, accept_invite
from teams.services.assigning import create_assignments
from teams.services.assignments import delete_assignment, update_assignment
from teams.services.finishing import finish_batch
from teams.services.invites import create_invite, resend_invite, revoke_invite
from teams.services.joining import approve_request, join_team, reject_request, withdraw_request
from teams.services.leads import hand_over_lead
from teams.services.members import add_member, change_member, remove_member
from teams.services.overdue import mark_overdue, reach, remind_of
from teams.services.teams import archive_team, create_team, restore_team, update_team

__all__ = [
    "Accepted",
    "accept_invite",
    "add_member",
    "approve_request",
    "archive_team",
    "change_member",
    "create_assignments",
    "create_invite",
    "create_team",
    "delete_assignment",
    "finish_batch",
    "hand_over_lead",
    "join_team",
    "reject_request",
    "mark_overdue",
    "reach",
    "remind_of",
    "remove_member",
    "resend_invite",
    "restore_team",
    "revoke_invite",
    "update_assignment",
    "update_team",
    "withdraw_request",
]
