"""Lists of teams, of the members of one, and of those who ask to join it."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, Any

from accounts import queries as people
from prework.dynamo import AT_ONCE, Page, StartKey, each, read_page
from prework.events import Audience
from prework.history import list_events
from prework.tenancy import Actor
from teams.models.invites import Invite, invite_sort
from teams.models.teams import ARCHIVED, JoinRequest, Member, Team, team_key, team_sort, teams_key
from teams.queries.teams import (
    TeamAccess,
    access_team,
    load_teams,
    memberships_of,
    named_teams,
)
from teams.roles import ORGANIZATION, PRIVATE, Deed

if TYPE_CHECKING:
    from accounts.models import User

CHECKED_AT_ONCE = 50  # a team and a membership each: 100 keys, one BatchGetItem


@dataclass(frozen=True)
class Person:
    """A member of a team, or somebody who asks to be one, and the user that this is."""

    row: Any
    user: "User"

    @property
    def etag(self) -> str | None:
        return self.row.etag if isinstance(self.row, Member) else None


def list_teams(actor: Actor, *, limit: int, start: StartKey, is_active: str = "true") -> Page:
    """The organisation's teams that the actor may see, oldest first.

    Sorted sources are merged, and one id is the cursor of all. They only name teams: each
    team and the actor's own membership are read anew before it is shown.
    """
    after = _after(start)
    page_size = limit + 1
    sources = [_shelf(actor, shelf, after, page_size) for shelf in _shelves(actor, is_active)]
    if is_active == "true" and not actor.may("team.update"):
        sources.append(named_teams(actor, actor.user_id, after, page_size))
    ids = (team_id for team_id, _ in groupby(heapq.merge(*sources)))
    return _page(actor, ids, limit, is_active=is_active == "true")


def each_team_id(actor: Actor) -> Iterator[str]:
    """Every team of the organisation, archived ones too: for jobs and commands."""
    shelves = (ORGANIZATION, PRIVATE, ARCHIVED)
    return chain.from_iterable(_shelf(actor, shelf, "", AT_ONCE) for shelf in shelves)


def list_user_teams(actor: Actor, user_id: str, *, limit: int, start: StartKey) -> Page:
    """The teams that a user is in, as far as the actor may see them."""
    if user_id != actor.user_id:
        people.access_user(actor, user_id)
    return _page(actor, memberships_of(actor, user_id, _after(start)), limit, is_active=True)


def list_members(actor: Actor, team_id: str, *, limit: int, start: StartKey) -> Page:
    """The members of a team."""
    access_team(actor, team_id)
    return _people(actor, team_id, Member, "MEMBER#", limit, start)


def list_requests(actor: Actor, team_id: str, *, limit: int, start: StartKey) -> Page:
    """Who asks to join a team, for those who decide."""
    access_team(actor, team_id, Deed.DECIDE)
    return _people(actor, team_id, JoinRequest, "REQUEST#", limit, start)


def list_invites(actor: Actor, team_id: str, *, limit: int, start: StartKey) -> Page:
    """The open invitations to a team, oldest first, also those too old to be used."""
    access_team(actor, team_id, Deed.MANAGE_INVITES)
    sort = Invite.sk.startswith(invite_sort(""))
    return read_page(Invite, team_key(actor, team_id), sort=sort, limit=limit, start=start)


def list_activity(actor: Actor, team_id: str, *, limit: int, start: StartKey) -> Page:
    """What has happened in a team, newest first, for those who are in it."""
    access_team(actor, team_id, Deed.READ)
    return list_events(actor, Audience("team", team_id), limit=limit, start=start)


def _people(
    actor: Actor, team_id: str, model: Any, prefix: str, limit: int, start: StartKey
) -> Page:
    sort = model.sk.startswith(prefix)
    page = read_page(model, team_key(actor, team_id), sort=sort, limit=limit, start=start)
    users = people.load_users(actor, [row.user_id for row in page.items])
    page.items = [Person(row, users[row.user_id]) for row in page.items]
    return page


def _shelves(actor: Actor, is_active: str) -> list[str]:
    if is_active == "false":
        return [ARCHIVED]
    return [ORGANIZATION, PRIVATE] if actor.may("team.update") else [ORGANIZATION]


def _shelf(actor: Actor, shelf: str, after: str, page_size: int) -> Iterator[str]:
    beyond = Team.gsi1sk > team_sort(after)
    teams = each(Team, teams_key(actor, shelf), index=1, sort=beyond, page_size=page_size)
    return (team.team_id for team in teams)


def _after(start: StartKey) -> str:
    return str(start["after"]) if start else ""


def _page(actor: Actor, ids: Iterator[str], limit: int, *, is_active: bool) -> Page:
    kept: list[TeamAccess] = []
    while len(kept) <= limit:
        named = list(islice(ids, min(limit + 1 - len(kept), CHECKED_AT_ONCE)))
        if not named:
            break
        loaded = load_teams(actor, named)
        kept += [one for one in loaded if one.is_visible and one.team.is_active == is_active]
    next_start = {"after": kept[limit - 1].team.team_id} if len(kept) > limit else None
    return Page(kept[:limit], next_start)
