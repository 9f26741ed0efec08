"""Joining a team by oneself: at once where it is open, else by asking."""

from contextlib import suppress
from typing import Literal

from accounts import queries as people
from prework import clock
from prework.changes import Change, retry_stale
from prework.errors import NotFound, Stale
from prework.tenancy import Actor
from teams import queries
from teams.errors import AlreadyMember
from teams.events import JoinRejected, JoinRequested
from teams.models import PRIVATE, JoinRequest, Team, request_sort
from teams.queries import Person, TeamAccess
from teams.roles import MEMBER
from teams.services import members


@retry_stale
def join_team(*, actor: Actor, team_id: str) -> Literal["joined", "pending"]:
    """Become a member of an open team, or ask to be where a lead decides; twice is once.

    For a member, and for whoever has asked already, nothing is written.
    """
    access = queries.access_team(actor, team_id)
    if access.membership is not None:
        return "joined"
    if access.team.settings.visibility == PRIVATE:
        raise NotFound
    access.require_active()
    _, request = queries.find_membership(actor, team_id, actor.user_id)
    if not access.team.settings.require_approval_for_join:
        with suppress(AlreadyMember):  # by the same call, made twice at once
            _join(access, request)
        return "joined"
    if request is None:
        _ask(access)
    return "pending"


@retry_stale
def approve_request(*, actor: Actor, team_id: str, user_id: str) -> Person:
    """Let somebody in who asked."""
    access, request = _access_request(actor, team_id, user_id)
    user = people.access_user(actor, user_id)
    members.check_active(user, "userId")
    member = members.new_member(actor, team_id, user_id, MEMBER)
    with Change(actor=actor) as change:
        members.enrol(change=change, access=access, member=member, via="approved", request=request)
    return Person(member, user)


@retry_stale
def reject_request(*, actor: Actor, team_id: str, user_id: str) -> None:
    """Turn somebody down who asked; they may ask again."""
    access, request = _access_request(actor, team_id, user_id)
    with Change(actor=actor) as change:
        change.delete(request, otherwise=Stale)
        change.record(
            JoinRejected(
                entity_id=team_id,
                team_name=access.team.name,
                user_id=user_id,
                old_values={"user_id": user_id, "requested_at": request.requested_at},
                new_values={"user_id": user_id},
            )
        )


def _access_request(actor: Actor, team_id: str, user_id: str) -> tuple[TeamAccess, JoinRequest]:
    access = queries.access_team(actor, team_id, needs="member.manage")
    access.require_active()
    _, request = queries.find_membership(actor, team_id, user_id)
    if request is None:
        raise NotFound
    return access, request


def _join(access: TeamAccess, request: JoinRequest | None) -> None:
    actor = access.actor
    member = members.new_member(actor, access.team.team_id, actor.user_id, MEMBER)
    with Change(actor=actor) as change:
        members.enrol(change=change, access=access, member=member, via="joined", request=request)


def _ask(access: TeamAccess) -> None:
    actor, team = access.actor, access.team
    request = JoinRequest(
        team.pk,
        request_sort(actor.user_id),
        team_id=team.team_id,
        user_id=actor.user_id,
        requested_at=clock.to_text(clock.now()),
    )
    with Change(actor=actor) as change:
        change.put(request, otherwise=Stale)
        change.require(Team, team.pk, team.sk, Team.version == team.version, Stale)
        change.record(
            JoinRequested(
                entity_id=team.team_id,
                team_name=team.name,
                user_id=actor.user_id,
                new_values={"user_id": actor.user_id},
            )
        )
