"""What can be read of teams and assignments. Other domains and views call these by this name."""

from teams.queries.assignments import (
    AssignmentAccess,
    access_assignment,
    list_assignments,
    list_team_assignments,
    show_assignment,
)
from teams.queries.batches import load_hidden
from teams.queries.counts import Summary, summarize_organization, summarize_team
from teams.queries.listing import (
    Person,
    each_team_id,
    list_activity,
    list_invites,
    list_members,
    list_requests,
    list_teams,
    list_user_teams,
)
from teams.queries.teams import (
    TeamAccess,
    access_candidate,
    access_invite,
    access_team,
    access_team_as_entity,
    find_invite,
    find_invited,
    find_membership,
    list_team_ids,
    load_teams,
    standing_of,
)

__all__ = [
    "AssignmentAccess",
    "Person",
    "Summary",
    "TeamAccess",
    "access_assignment",
    "access_candidate",
    "access_invite",
    "access_team",
    "access_team_as_entity",
    "each_team_id",
    "find_invite",
    "find_invited",
    "find_membership",
    "list_activity",
    "list_assignments",
    "list_invites",
    "list_members",
    "list_requests",
    "list_team_assignments",
    "list_team_ids",
    "list_teams",
    "list_user_teams",
    "load_hidden",
    "load_teams",
    "show_assignment",
    "standing_of",
    "summarize_organization",
    "summarize_team",
]
