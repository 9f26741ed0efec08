"""Who manages a team when its manager leads it no more: a team names a lead, never a stranger."""

from pynamodb.expressions.update import Action

from prework import clock
from prework.changes import Change
from prework.dynamo import each
from prework.errors import Stale
from teams.errors import LastTeamLead
from teams.events.teams import TeamUpdated
from teams.models.teams import Member, Team, member_sort
from teams.queries import TeamAccess
from teams.roles import LEAD


def hand_over(*, change: Change, access: TeamAccess, leaver_id: str) -> list[Action]:
    """What makes another lead the manager, for a change of the team; nothing if nobody has to.

    Whoever takes the lead away takes it over, if they lead the team themselves; else the lead
    who is first by id, read consistently. The change commits only while they lead. Raises
    `LastTeamLead` if there is no other.
    """
    team = access.team
    if team.manager_id != leaver_id:
        return []
    successor = _successor(access, leaver_id)
    is_as_read = Member.version == successor.version
    change.require(Member, successor.pk, successor.sk, is_as_read, Stale)
    tell_manager(change, access, successor.user_id)
    return [
        Team.manager_id.set(successor.user_id),
        Team.updated_at.set(clock.to_text(clock.now())),
        Team.version.set(team.version + 1),
    ]


def tell_manager(change: Change, access: TeamAccess, user_id: str) -> None:
    """Say in an open Change that the team's manager is another now."""
    team = access.team
    change.record(
        TeamUpdated(
            entity_id=team.team_id,
            team_name=team.name,
            old_values={"manager_id": team.manager_id},
            new_values={"manager_id": user_id},
        )
    )


def _successor(access: TeamAccess, leaver_id: str) -> Member:
    own = access.membership
    if own is not None and own.role == LEAD and own.user_id != leaver_id:
        return own
    for member in each(Member, access.team.pk, sort=Member.sk.startswith(member_sort(""))):
        if member.role == LEAD and member.user_id != leaver_id:
            return member
    raise LastTeamLead
