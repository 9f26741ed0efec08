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

# The platform's staff: what they may do in the admin. It gives nothing in the API.
OPERATOR = frozenset({"staff.view", "staff.act"})
SUPPORT = "support"
STAFF_ROLES: dict[str, frozenset[str]] = {
    SUPPORT: frozenset({"staff.view"}),
    "operator": OPERATOR,
    "superuser": OPERATOR | {"staff.manage"},
}


def permissions_of(role: str, grants: frozenset[str] | set[str]) -> frozenset[str]:
    """What a user with this role and these grants may do; names no longer known give nothing."""
    return ROLES.get(role, frozenset()) | (frozenset(grants) & PERMISSIONS)


def staff_permissions_of(role: str | None) -> frozenset[str]:
    """What somebody of the staff may do in the admin; without a role they only look."""
    return STAFF_ROLES.get(role or SUPPORT, frozenset())
