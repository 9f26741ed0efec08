"""Team roles as data: what a role gives inside its team, beside the organisation's roles."""

from collections.abc import Iterable

from accounts.roles import TEAM_PERMISSIONS

LEAD, MEMBER = "team_lead", "member"
TEAM_ROLES: dict[str, frozenset[str]] = {LEAD: TEAM_PERMISSIONS, MEMBER: frozenset()}


def permissions_in_team(role: str, own: Iterable[str], defaults: Iterable[str]) -> frozenset[str]:
    """What a member may do in its team: by its role, of its own, and as every member."""
    given = TEAM_PERMISSIONS.intersection([*own, *defaults])
    return TEAM_ROLES.get(role, frozenset()) | given
