"""What can be read of teams and assignments. Other domains and views call these by this name."""

from teams.queries.assignments import (
    AssignmentAccess,
    access_assignment,
    list_assignments,
    list_team_assignments,
    show_assignment,
)
from teams.queries.counts import Summary, summarize_organization, summarize_team
from teams.queries.listing import (
    Person,
    list_activity,
    list_members,
    list_requests,
    list_teams,
    list_user_teams,
)
from teams.queries.teams import (
    TeamAccess,
    access_team,
    access_team_as_entity,
    find_membership,
    list_team_ids,
    load_teams,
    team_permissions,
)

__all__ = [
    "AssignmentAccess",
    "Person",
    "Summary",
    "TeamAccess",
    "access_assignment",
    "access_team",
    "access_team_as_entity",
    "find_membership",
    "list_activity",
    "list_assignments",
    "list_members",
    "list_requests",
    "list_team_assignments",
    "list_team_ids",
    "list_teams",
    "list_user_teams",
    "load_teams",
    "show_assignment",
    "summarize_organization",
    "summarize_team",
    "team_permissions",
]
