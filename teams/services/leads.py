"""Handing over the lead: one step down, another up, and the team never without."""

from accounts.services import bump_rights
from prework import clock
from prework.changes import Change, retry_stale
from prework.errors import FieldError, NotFound, ValidationFailed
from prework.tenancy import Actor
from teams import queries
from teams.models.teams import Member, Team
from teams.queries import TeamAccess
from teams.roles import LEAD, MEMBER, Deed
from teams.services.members import tell_role
from teams.services.succession import tell_manager


@retry_stale
def hand_over_lead(*, actor: Actor, team_id: str, user_id: str) -> TeamAccess:
    """Make another member the team's manager and a lead in your place; you stay a member."""
    access = queries.access_team(actor, team_id, Deed.HAND_OVER)
    access.require_active()
    own, team = access.membership, access.team
    if own is None or user_id == actor.user_id:
        detail = "The lead is handed over to somebody else."
        raise ValidationFailed([FieldError("userId", "oneself", detail)])
    heir, _ = queries.find_membership(actor, team_id, user_id)
    if heir is None:
        raise NotFound
    queries.access_candidate(actor, user_id, "userId")
    values = {"manager_id": user_id, "updated_at": clock.to_text(clock.now())}
    gone = int(heir.role == LEAD)  # two leads become one
    with Change(actor=actor) as change:
        change.update(own, Member.role.set(MEMBER))
        change.update(heir, Member.role.set(LEAD))
        change.update(
            team,
            *[getattr(Team, name).set(value) for name, value in values.items()],
            Team.lead_count.add(-gone),
            Team.count_moves.add(1),
        )
        for one, role in ((own, MEMBER), (heir, LEAD)):
            bump_rights(change, actor, one.user_id)
            if one.role != role:
                tell_role(change, access, one, role)
        if team.manager_id != user_id:
            tell_manager(change, access, user_id)
    team.manager_id, team.updated_at, own.role = user_id, values["updated_at"], MEMBER
    team.version += 1
    return access
