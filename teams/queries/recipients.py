"""Whom a notice to a team concerns. They are asked for by the setting `NOTICE_AUDIENCES`."""

from collections.abc import Iterator
from itertools import islice

from prework.dynamo import each, find
from prework.tenancy import Actor
from teams.models.teams import METADATA, Member, Team, member_sort, team_key
from teams.roles import permissions_in_team

DECIDES = "member.manage"


def member_ids(actor: Actor, team_id: str, *, limit: int) -> list[str]:
    """Those who are in a team, up to a limit, in the order of their ids."""
    return [member.user_id for member in islice(_members(actor, team_id), limit)]


def decider_ids(actor: Actor, team_id: str, *, limit: int) -> list[str]:
    """Those in a team who decide who is in it: its leads, and whom they gave that to."""
    team = find(Team, team_key(actor, team_id), METADATA)
    defaults = team.settings.default_permissions if team is not None else []
    deciders = (
        member.user_id
        for member in _members(actor, team_id)
        if DECIDES in permissions_in_team(member.role, member.permissions, defaults)
    )
    return list(islice(deciders, limit))


def _members(actor: Actor, team_id: str) -> Iterator[Member]:
    return each(Member, team_key(actor, team_id), sort=Member.sk.startswith(member_sort("")))
