"""A team's counters, and the members that it has: for `manage.py reconcile`."""

from prework.changes import Change
from prework.dynamo import each, find
from prework.errors import Stale
from prework.reconciling import Look, Reconciler
from prework.tenancy import Actor
from teams import queries
from teams.events.teams import CountsMended
from teams.models.teams import METADATA, Member, Team, member_sort, team_key
from teams.roles import LEAD


def _look(actor: Actor, team_id: str) -> Look | None:
    pk = team_key(actor, team_id)
    team = find(Team, pk, METADATA)
    if team is None:
        return None
    roles = [one.role for one in each(Member, pk, sort=Member.sk.startswith(member_sort("")))]
    return Look(
        int(team.count_moves),
        {"member_count": int(team.member_count), "lead_count": int(team.lead_count)},
        {"member_count": len(roles), "lead_count": roles.count(LEAD)},
    )


def _mend(actor: Actor, team_id: str, look: Look) -> None:
    team = find(Team, team_key(actor, team_id), METADATA)
    if team is None:
        raise Stale
    is_at_rest = Team.count_moves == look.moves
    if not look.moves:  # of before they were counted
        is_at_rest = is_at_rest | Team.count_moves.does_not_exist()
    is_as_read = (Team.member_count == look.kept["member_count"]) & (
        Team.lead_count == look.kept["lead_count"]
    )
    with Change(actor=actor) as change:
        change.adjust(
            Team,
            team.pk,
            team.sk,
            Team.member_count.set(look.counted["member_count"]),
            Team.lead_count.set(look.counted["lead_count"]),
            Team.count_moves.add(1),
            condition=is_at_rest & is_as_read,
            otherwise=Stale,
        )
        change.record(
            CountsMended(
                entity_id=team_id,
                team_name=team.name,
                old_values=look.kept,
                new_values=look.counted,
            )
        )


TEAMS = Reconciler(name="team", things=queries.each_team_id, look=_look, mend=_mend)
