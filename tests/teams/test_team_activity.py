"""What has happened in a team, and the team's door for files."""

from typing import Any

import pytest

from prework.entities import Entity, access_entity
from prework.errors import NotFound, PermissionDenied
from prework.events import Audience
from prework.history import list_events
from teams.errors import TeamArchived
from tests.cast import Person
from tests.matching import problem
from tests.teams.making import activity, add, new_team, url


def test_newest_first_and_in_pages(max_: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    max_.api.patch(url(team), {"name": "Day shift"})
    kinds = [event["eventType"] for event in activity(bob, team)]
    assert kinds == ["team.updated", "team.member.added", "team.created"]
    first = bob.api.get(url(team, "activity") + "?limit=2").json()
    rest = f"?limit=2&cursor={first['nextCursor']}"
    second = bob.api.get(url(team, "activity") + rest).json()
    assert [event["eventType"] for event in second["items"]] == ["team.created"]
    assert second["nextCursor"] is None


def test_one_read_and_one_query(max_: Person, store_calls: Any) -> None:
    team = new_team(max_)
    store_calls.clear()
    activity(max_, team)
    assert store_calls.after_sign_in() == ["BatchGetItem", "Query"]


def test_it_is_the_business_of_those_who_are_in_it(
    alice: Person, bob: Person, mallory: Person
) -> None:
    team = new_team(alice)
    answer = bob.api.get(url(team, "activity"))
    assert answer.json() == problem(403, "permission_denied", permission="team.update")
    assert mallory.api.get(url(team, "activity")).json() == problem(404, "not_found")


def test_users_are_told_what_concerns_them(max_: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    max_.api.patch(url(team, "members", bob.user_id), {"role": "team_lead"})
    max_.api.delete(url(team, "members", bob.user_id))
    told = list_events(bob.actor, Audience("user", bob.user_id), limit=10, start=None).items
    assert [event["eventType"] for event in told] == [
        "team.member.removed",
        "team.member.updated",
        "team.member.added",
    ]


def test_the_door_for_files(alice: Person, bob: Person, carol: Person, mallory: Person) -> None:
    team = new_team(alice)
    team_id = team["teamId"]
    add(alice, team, bob)
    entity = Entity(entity_type="team", entity_id=team_id, team_id=team_id)
    for who in (alice, bob):
        assert access_entity(who.actor, "team", team_id, to_write=True) == entity
    assert access_entity(carol.actor, "team", team_id) == entity
    with pytest.raises(PermissionDenied):
        access_entity(carol.actor, "team", team_id, to_write=True)
    with pytest.raises(NotFound):
        access_entity(mallory.actor, "team", team_id)
    alice.api.delete(url(team))
    assert access_entity(bob.actor, "team", team_id) == entity
    with pytest.raises(TeamArchived):
        access_entity(bob.actor, "team", team_id, to_write=True)
