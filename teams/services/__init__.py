"""What can be done with teams and assignments. Views and other domains call these by this name."""

from teams.services.assignments import create_assignments, delete_assignment, update_assignment
from teams.services.joining import approve_request, join_team, reject_request
from teams.services.members import add_member, change_member, remove_member
from teams.services.teams import archive_team, create_team, restore_team, update_team

__all__ = [
    "add_member",
    "approve_request",
    "archive_team",
    "change_member",
    "create_assignments",
    "create_team",
    "delete_assignment",
    "join_team",
    "reject_request",
    "remove_member",
    "restore_team",
    "update_assignment",
    "update_team",
]
