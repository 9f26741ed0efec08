"""Organisation roles as data: role → permissions, and the one registry of permission names."""

TEAM_PERMISSIONS = frozenset(
    {"team.update", "member.invite", "member.manage", "checklist.assign_team"}
)
MANAGER = TEAM_PERMISSIONS | {
    "team.create",
    "checklist.create",
    "checklist.edit",
    "analytics.view",
    "media.upload",
}
ADMIN_ONLY = frozenset({"user.manage", "audit.view", "audit.export", "team.archive", "org.update"})
ROLES: dict[str, frozenset[str]] = {
    "admin": MANAGER | ADMIN_ONLY,
    "manager": frozenset(MANAGER),
    "member": frozenset({"checklist.edit", "media.upload"}),
    "viewer": frozenset(),
}
PERMISSIONS = ROLES["admin"]


def permissions_of(role: str, grants: frozenset[str] | set[str]) -> frozenset[str]:
    """What a user with this role and these grants may do; names no longer known give nothing."""
    return ROLES.get(role, frozenset()) | (frozenset(grants) & PERMISSIONS)
