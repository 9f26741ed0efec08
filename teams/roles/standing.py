"""Who may do what with a team: the one function that decides.

The doors ask `refusal_of`; `docs/permissions.md` shows all of its answers, and a test asks the API
for each of them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from accounts.roles import TEAM_PERMISSIONS
from prework.errors import NotFound, PermissionDenied, Problem

LEAD, MEMBER = "team_lead", "member"
TEAM_ROLES: dict[str, frozenset[str]] = {LEAD: TEAM_PERMISSIONS, MEMBER: frozenset()}
ORGANIZATION, PRIVATE = "organization", "private"


class Deed(StrEnum):
    """What somebody may want to do with a team, in the words of the page that says who may."""

    SEE = "see it and its members"
    READ = "read its activity and documents"
    JOIN = "join"
    INVITE_USER = "invite a colleague as member"
    INVITE_STRANGER = "invite anybody else as member"
    INVITE_LEAD = "invite as lead"
    MANAGE_INVITES = "see, resend, revoke invitations"
    DECIDE = "see, approve, reject requests"
    MANAGE = "add, change, remove members"
    APPOINT = "make somebody a lead"
    HAND_OVER = "hand over the lead"
    ASSIGN = "assign work to it"
    UPDATE = "change it"
    ARCHIVE = "archive, restore it"


NEEDS: dict[Deed, tuple[str, ...]] = {
    Deed.INVITE_USER: ("member.invite",),
    Deed.INVITE_STRANGER: ("member.invite",),
    Deed.INVITE_LEAD: ("member.invite", *sorted(TEAM_ROLES[LEAD])),
    Deed.MANAGE_INVITES: ("member.invite",),
    Deed.DECIDE: ("member.manage",),
    Deed.MANAGE: ("member.manage",),
    Deed.APPOINT: ("member.manage", *sorted(TEAM_ROLES[LEAD])),
    Deed.ASSIGN: ("checklist.assign_team",),
    Deed.UPDATE: ("team.update",),
    Deed.ARCHIVE: ("team.archive",),
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Somebody before a team: all of both that decides what they may do there."""

    held: frozenset[str]  # the permissions in the whole organisation
    role: str | None = None  # in the team
    own: Collection[str] = ()  # permissions as this member
    visibility: str = ORGANIZATION
    allow_member_invites: bool = True
    default_permissions: Collection[str] = ()

    @property
    def permissions(self) -> frozenset[str]:
        """What they may do in the team: an organisation's permission suffices for every team."""
        if self.role is None:
            return self.held
        return self.held | permissions_in_team(self.role, self.own, self.default_permissions)

    @property
    def is_insider(self) -> bool:
        """Whether what goes on in the team is their business."""
        return self.role is not None or "team.update" in self.held

    @property
    def is_visible(self) -> bool:
        """Whether they may know that the team is there."""
        return self.visibility != PRIVATE or self.is_insider


def permissions_in_team(role: str, own: Iterable[str], defaults: Iterable[str]) -> frozenset[str]:
    """What a member may do in its team: by its role, of its own, and as every member."""
    given = TEAM_PERMISSIONS.intersection([*own, *defaults])
    return TEAM_ROLES.get(role, frozenset()) | given


def refusal_of(deed: Deed, standing: Standing) -> Problem | None:
    """Why somebody may not do this with a team that is not archived; `None` if they may."""
    if not standing.is_visible:
        return NotFound()
    if deed is Deed.READ and not standing.is_insider:
        return PermissionDenied("team.update", "Only members of the team may do this.")
    if deed is Deed.JOIN and standing.role is None and standing.visibility == PRIVATE:
        return NotFound()
    if deed is Deed.HAND_OVER and standing.role != LEAD:
        return PermissionDenied(detail="Only a lead of the team hands the lead over.")
    if deed is Deed.INVITE_USER and standing.role is not None and standing.allow_member_invites:
        return None
    missing = [one for one in NEEDS.get(deed, ()) if one not in standing.permissions]
    return PermissionDenied(missing[0]) if missing else None
