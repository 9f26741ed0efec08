"""Team roles as data, and who may do what with a team."""

from teams.roles.standing import (
    LEAD,
    MEMBER,
    ORGANIZATION,
    PRIVATE,
    TEAM_ROLES,
    Deed,
    Standing,
    permissions_in_team,
    refusal_of,
)

__all__ = [
    "LEAD",
    "MEMBER",
    "ORGANIZATION",
    "PRIVATE",
    "TEAM_ROLES",
    "Deed",
    "Standing",
    "permissions_in_team",
    "refusal_of",
]
