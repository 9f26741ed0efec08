"""What can be done with teams and assignments. Views and other domains call these by this name."""

from teams.services.assigning import create_assignments
from teams.services.assignments import delete_assignment, update_assignment
from teams.services.finishing import finish_batch
from teams.services.joining import approve_request, join_team, reject_request
from teams.services.members import add_member, change_member, remove_member
from teams.services.overdue import mark_overdue, reach, remind_of
from teams.services.reckoning import each_count_difference, mend_count
from teams.services.teams import archive_team, create_team, restore_team, update_team

__all__ = [
    "add_member",
    "approve_request",
    "archive_team",
    "change_member",
    "create_assignments",
    "create_team",
    "delete_assignment",
    "each_count_difference",
    "finish_batch",
    "join_team",
    "reject_request",
    "mark_overdue",
    "mend_count",
    "reach",
    "remind_of",
    "remove_member",
    "restore_team",
    "update_assignment",
    "update_team",
]
