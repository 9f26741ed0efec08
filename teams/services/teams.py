"""The life of a team: created, changed, archived, restored."""

from typing import Any

from accounts.services import bump_rights
from prework import clock
from prework.changes import Change, retry_stale
from prework.errors import NotFound
from prework.ids import new_id
from prework.tenancy import Actor
from teams import queries
from teams.events.teams import TeamArchived, TeamCreated, TeamRestored, TeamUpdated
from teams.models.teams import (
    METADATA,
    Team,
    TeamSettings,
    shelf_of,
    team_key,
    team_settings,
    team_sort,
    teams_key,
)
from teams.queries import TeamAccess
from teams.roles import LEAD, TEAM_ROLES, Deed
from teams.services import members

Values = dict[str, Any]


def create_team(
    *,
    actor: Actor,
    name: str,
    description: str = "",
    organization_id: str | None = None,
    manager_id: str | None = None,
    settings: Values | None = None,
) -> TeamAccess:
    """Begin a team: its manager, by default whoever asks, is its first member and leads it."""
    actor.require("team.create")
    if organization_id not in (None, actor.organization_id):
        raise NotFound
    manager_id = manager_id or actor.user_id
    team = _new_team(actor, name, description, manager_id, team_settings(settings or {}))
    _check_founding(actor, team)
    lead = members.new_member(actor, team.team_id, manager_id, LEAD)
    with Change(actor=actor) as change:
        change.put(team)
        change.put(lead)
        bump_rights(change, actor, manager_id)
        change.record(
            TeamCreated(
                entity_id=team.team_id,
                team_name=name,
                user_id=manager_id,
                new_values={
                    "team_name": name,
                    "description": description,
                    "organization_id": actor.organization_id,
                    "manager_id": manager_id,
                    "member_count": 1,
                    "settings": _plain(team.settings),
                },
            )
        )
    return TeamAccess(actor, team, lead if manager_id == actor.user_id else None)


@retry_stale
def update_team(*, actor: Actor, team_id: str, changes: Values) -> TeamAccess:
    """Change a team's name, description, manager or settings; what is not given stays."""
    access = queries.access_team(actor, team_id, Deed.UPDATE)
    access.require_active()
    actor.check_match(access.etag)
    team = access.team
    old, new = _difference(team, changes)
    if not new:
        return access
    _check_defaults(access, new)
    settings = team_settings({**_plain(team.settings), **new.get("settings", {})})
    with Change(actor=actor) as change:
        appointed = (
            members.appoint(change=change, access=access, user_id=new["manager_id"])
            if "manager_id" in new
            else members.Appointment()
        )
        values = {**new, "settings": settings, "updated_at": clock.to_text(clock.now())}
        shelf = shelf_of(settings.visibility, is_active=True)
        values["gsi1pk"] = teams_key(actor, shelf)
        actions = [getattr(Team, name).set(value) for name, value in values.items()]
        change.update(team, *actions, *appointed.actions)
        change.record(
            TeamUpdated(
                entity_id=team_id,
                team_name=values.get("name", team.name),
                old_values=old,
                new_values=new,
            )
        )
    return _changed(access, {**values, **appointed.counts(team)})


@retry_stale
def archive_team(*, actor: Actor, team_id: str) -> None:
    """Close a team: it stays readable, and nothing in it changes until it is restored.

    One that is archived already stays as it is.
    """
    access = queries.access_team(actor, team_id, Deed.ARCHIVE)
    if not access.team.is_active:
        return
    actor.check_match(access.etag)
    _set_active(access, TeamArchived, is_active=False)


@retry_stale
def restore_team(*, actor: Actor, team_id: str) -> TeamAccess:
    """Open an archived team again, as it was. One that is open stays as it is."""
    access = queries.access_team(actor, team_id, Deed.ARCHIVE)
    if access.team.is_active:
        return access
    return _set_active(access, TeamRestored, is_active=True)


def _new_team(
    actor: Actor, name: str, description: str, manager_id: str, settings: TeamSettings
) -> Team:
    team_id, now = new_id(), clock.to_text(clock.now())
    return Team(
        team_key(actor, team_id),
        METADATA,
        team_id=team_id,
        organization_id=actor.organization_id,
        name=name,
        description=description,
        manager_id=manager_id,
        settings=settings,
        member_count=1,
        lead_count=1,
        created_at=now,
        created_by=actor.user_id,
        updated_at=now,
        gsi1pk=teams_key(actor, shelf_of(settings.visibility, is_active=True)),
        gsi1sk=team_sort(team_id),
    )


def _check_founding(actor: Actor, team: Team) -> None:
    """Whoever founds a team for themselves holds what its lead holds; others give it away."""
    if team.manager_id == actor.user_id:
        return
    actor.require_all(TEAM_ROLES[LEAD])
    queries.access_candidate(actor, team.manager_id, "managerId")


def _check_defaults(access: TeamAccess, new: Values) -> None:
    """Nobody gives every member a permission that they do not hold themselves."""
    wanted = new.get("settings", {}).get("default_permissions", [])
    access.require_all(set(wanted) - set(access.team.settings.default_permissions))


def _plain(settings: TeamSettings) -> Values:
    return {name: getattr(settings, name) for name in TeamSettings.get_attributes()}


def _difference(team: Team, changes: Values) -> tuple[Values, Values]:
    """What would change, as it is and as it is to be."""
    settings = _plain(team.settings)
    given = changes.get("settings", {})
    other = {name: value for name, value in given.items() if settings[name] != value}
    new = {
        name: value
        for name, value in changes.items()
        if name != "settings" and getattr(team, name) != value
    }
    old = {name: getattr(team, name) for name in new}
    if not other:
        return old, new
    was = {name: settings[name] for name in other}
    return {**old, "settings": was}, {**new, "settings": other}


def _set_active(
    access: TeamAccess, event: type[TeamArchived] | type[TeamRestored], *, is_active: bool
) -> TeamAccess:
    team = access.team
    values = {
        "is_active": is_active,
        "updated_at": clock.to_text(clock.now()),
        "gsi1pk": teams_key(access.actor, shelf_of(team.settings.visibility, is_active=is_active)),
    }
    with Change(actor=access.actor) as change:
        change.update(team, *[getattr(Team, name).set(value) for name, value in values.items()])
        change.record(
            event(
                entity_id=team.team_id,
                team_name=team.name,
                old_values={"is_active": not is_active},
                new_values={"is_active": is_active},
            )
        )
    return _changed(access, values)


def _changed(access: TeamAccess, values: Values) -> TeamAccess:
    """The team as the transaction has left it, without reading it again."""
    for name, value in values.items():
        setattr(access.team, name, value)
    access.team.version += 1
    return access
