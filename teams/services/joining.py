"""Joining a team by oneself: at once where it is open, else by asking."""

from contextlib import suppress
from typing import Literal

from prework import clock
from prework.changes import Change, retry_stale
from prework.errors import NotFound, Stale
from prework.tenancy import Actor
from teams import queries
from teams.errors import AlreadyMember
from teams.events.teams import JoinRejected, JoinRequested, JoinWithdrawn
from teams.models.teams import JoinRequest, Member, Team, member_sort, request_sort
from teams.queries import Person, TeamAccess
from teams.roles import MEMBER, Deed
from teams.services import members

OWN = "me"  # in place of one's own id


@retry_stale
def join_team(*, actor: Actor, team_id: str, note: str = "") -> Literal["joined", "pending"]:
    """Become a member of an open team, or ask to be where a lead decides; twice is once.

    The note goes with the request, to those who decide. For a member, and for whoever has asked
    already, nothing is written.
    """
    access = queries.access_team(actor, team_id, Deed.JOIN)
    if access.membership is not None:
        return "joined"
    access.require_active()
    _, request = queries.find_membership(actor, team_id, actor.user_id)
    if not access.team.settings.require_approval_for_join:
        with suppress(AlreadyMember):  # by the same call, made twice at once
            _join(access, request)
        return "joined"
    if request is None:
        _ask(access, note)
    return "pending"


@retry_stale
def approve_request(*, actor: Actor, team_id: str, user_id: str) -> Person:
    """Let somebody in who asked."""
    access, request = _access_request(actor, team_id, user_id)
    user = queries.access_candidate(actor, user_id, "userId")
    member = members.new_member(actor, team_id, user_id, MEMBER)
    with Change(actor=actor) as change:
        members.enrol(change=change, access=access, member=member, via="approved", request=request)
    return Person(member, user)


@retry_stale
def reject_request(*, actor: Actor, team_id: str, user_id: str, note: str = "") -> None:
    """Turn somebody down who asked, and tell them why if you like; they may ask again."""
    access, request = _access_request(actor, team_id, user_id)
    with Change(actor=actor) as change:
        change.delete(request, otherwise=Stale)
        change.record(
            JoinRejected(
                entity_id=team_id,
                team_name=access.team.name,
                user_id=user_id,
                old_values={"user_id": user_id, "requested_at": request.requested_at},
                new_values={"user_id": user_id, "note": note},
            )
        )


def withdraw_request(*, actor: Actor, team_id: str, user_id: str) -> None:
    """Ask no more to join a team, also one that is archived by now, or to be seen no more."""
    if user_id not in (OWN, actor.user_id):
        raise NotFound
    _, request = queries.find_membership(actor, team_id, actor.user_id)
    teams = queries.load_teams(actor, [team_id])
    if request is None or not teams:
        raise NotFound
    with Change(actor=actor) as change:
        change.delete(request, otherwise=NotFound)
        change.record(
            JoinWithdrawn(
                entity_id=team_id,
                team_name=teams[0].team.name,
                user_id=actor.user_id,
                old_values={"user_id": actor.user_id, "requested_at": request.requested_at},
                new_values={"user_id": actor.user_id},
            )
        )


def _access_request(actor: Actor, team_id: str, user_id: str) -> tuple[TeamAccess, JoinRequest]:
    access = queries.access_team(actor, team_id, Deed.DECIDE)
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


def _ask(access: TeamAccess, note: str) -> None:
    actor, team = access.actor, access.team
    request = JoinRequest(
        team.pk,
        request_sort(actor.user_id),
        team_id=team.team_id,
        user_id=actor.user_id,
        requested_at=clock.to_text(clock.now()),
        note=note,
    )
    with Change(actor=actor) as change:
        change.put(request, otherwise=Stale)
        change.require(Team, team.pk, team.sk, Team.version == team.version, Stale)
        is_no_member, own = Member.pk.does_not_exist(), member_sort(actor.user_id)
        change.require(Member, team.pk, own, is_no_member, Stale)
        change.record(
            JoinRequested(
                entity_id=team.team_id,
                team_name=team.name,
                user_id=actor.user_id,
                new_values={"user_id": actor.user_id, "note": note},
            )
        )
