"""Changing a team's name, description, manager and settings."""

from typing import Any

import pytest

from tests.cast import Person
from tests.matching import ANY_TIME, problem
from tests.teams.making import (
    activity,
    add,
    at_once,
    entries,
    items,
    leaving,
    new_team,
    read,
    url,
)


def test_what_is_given_changes_and_the_rest_stays(max_: Person, alice: Person) -> None:
    team = new_team(max_, description="old")
    body = {"name": "Day shift", "settings": {"visibility": "private"}}
    answer = max_.api.patch(url(team), body)
    settings = {**team["settings"], "visibility": "private"}
    assert answer.json() == {
        **team,
        "name": "Day shift",
        "settings": settings,
        "updatedAt": ANY_TIME,
    }
    assert answer["ETag"] == '"2"'
    assert read(max_, team) == answer.json()
    entry = entries(alice, team)[0]
    assert entry["action"] == "TEAM_UPDATED"
    assert entry["oldValues"] == {
        "name": "Night shift",
        "settings": {"visibility": "organization"},
    }
    assert entry["newValues"] == body


def test_the_event(max_: Person) -> None:
    team = new_team(max_)
    max_.api.patch(url(team), {"name": "Day shift"})
    event = activity(max_, team)[0]
    assert (event["eventType"], event["entityId"]) == ("team.updated", team["teamId"])
    assert event["data"] == {"teamName": "Day shift", "name": "Day shift"}


def test_one_read_and_one_transaction(max_: Person, store_calls: Any) -> None:
    team = new_team(max_)
    store_calls.clear()
    max_.api.patch(url(team), {"name": "Day shift"})
    assert store_calls.after_sign_in() == ["BatchGetItem", "TransactWriteItems"]


@pytest.mark.parametrize("same", [{}, {"name": "Night shift"}, {"settings": {}}, {"other": 1}])
def test_no_change_writes_nothing(max_: Person, alice: Person, same: Any) -> None:
    team = new_team(max_)
    with leaving(alice, team):
        assert max_.api.patch(url(team), same).json() == team


def test_a_lead_may_and_a_member_may_not(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    with leaving(alice, team):
        answer = bob.api.patch(url(team), {"name": "Mine"})
    assert answer.json() == problem(403, "permission_denied", permission="team.update")
    max_.api.patch(url(team, "members", bob.user_id), {"role": "team_lead"})
    assert bob.api.patch(url(team), {"name": "Ours"}).json()["name"] == "Ours"


def test_the_teams_defaults_count(max_: Person, bob: Person) -> None:
    team = new_team(max_, settings={"defaultPermissions": ["team.update"]})
    add(max_, team, bob)
    assert bob.api.patch(url(team), {"name": "Ours"}).status_code == 200


def test_nobody_gives_all_members_what_they_do_not_hold(
    max_: Person, alice: Person, bob: Person
) -> None:
    team = new_team(max_)
    add(max_, team, bob, permissions=["team.update"])
    wanted = {"settings": {"defaultPermissions": ["team.update", "member.manage"]}}
    with leaving(alice, team):
        answer = bob.api.patch(url(team), wanted)
    assert answer.json() == problem(403, "permission_denied", permission="member.manage")
    own = {"settings": {"defaultPermissions": ["team.update"]}}
    assert bob.api.patch(url(team), own).status_code == 200


def test_if_match(max_: Person, alice: Person) -> None:
    team = new_team(max_)
    with leaving(alice, team):
        late = max_.api.patch(url(team), {"name": "Late"}, If_Match='"7"')
    assert late.json() == problem(412, "precondition_failed")
    assert max_.api.patch(url(team), {"name": "First"}, If_Match='"1"').status_code == 200
    assert max_.api.patch(url(team), {"name": "Late"}, If_Match='"1"').status_code == 412
    assert max_.api.patch(url(team), {"name": "Any"}, If_Match="*").status_code == 200


def test_two_at_once_lose_nothing(max_: Person, alice: Person) -> None:
    team = new_team(max_)
    changes: list[Any] = [
        {"name": "Named"},
        {"description": "Described"},
        {"settings": {"visibility": "private"}},
        {"settings": {"requireApprovalForJoin": True}},
    ]
    answers = at_once(*[lambda body=body: max_.api.patch(url(team), body) for body in changes])
    assert {answer.status_code for answer in answers} == {200}
    now = read(max_, team)
    assert (now["name"], now["description"]) == ("Named", "Described")
    assert now["settings"]["visibility"] == "private"
    assert now["settings"]["requireApprovalForJoin"] is True
    assert len(entries(alice, team)) == 5


@pytest.mark.parametrize("is_member", [True, False])
def test_a_new_manager_leads(max_: Person, alice: Person, bob: Person, is_member: bool) -> None:
    team = new_team(max_)
    if is_member:
        add(max_, team, bob)
    answer = max_.api.patch(url(team), {"managerId": bob.user_id}).json()
    assert (answer["managerId"], answer["memberCount"]) == (bob.user_id, 2)
    assert read(bob, team) == {**answer, "myRole": "team_lead"}
    actions = [entry["action"] for entry in entries(alice, team)][:2]
    told = "TEAM_MEMBER_UPDATED" if is_member else "TEAM_MEMBER_ADDED"
    assert sorted(actions) == sorted(["TEAM_UPDATED", told])
    assert max_.api.delete(url(team, "members", max_.user_id)).status_code == 204


def test_a_lead_becomes_manager(max_: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob, role="team_lead")
    assert bob.api.patch(url(team), {"managerId": bob.user_id}).json()["memberCount"] == 2


def test_making_a_lead_by_the_back_door(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob, permissions=["team.update"])
    with leaving(alice, team):
        answer = bob.api.patch(url(team), {"managerId": bob.user_id})
    assert answer.json() == problem(403, "permission_denied", permission="member.manage")


def test_an_unknown_manager(max_: Person, alice: Person, mallory: Person) -> None:
    team = new_team(max_)
    with leaving(alice, team):
        for who in (mallory.user_id, "nobody"):
            answer = max_.api.patch(url(team), {"managerId": who})
            assert answer.json() == problem(404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\u2028b"}, "name"),
        ({"description": None}, "description"),
        ({"managerId": 3}, "managerId"),
        ({"settings": {"visibility": 1}}, "settings.visibility"),
        ({"settings": {"defaultPermissions": "all"}}, "settings.defaultPermissions"),
    ],
)
def test_what_is_not_valid(max_: Person, alice: Person, body: Any, field: str) -> None:
    team = new_team(max_)
    with leaving(alice, team):
        answer = max_.api.patch(url(team), body)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_another_organisations_team(max_: Person, alice: Person, mallory: Person) -> None:
    team = new_team(max_)
    with leaving(alice, team):
        assert mallory.api.patch(url(team), {"name": "X"}).json() == problem(404, "not_found")


def test_it_moves_between_the_lists(max_: Person, bob: Person) -> None:
    team = new_team(max_)
    max_.api.patch(url(team), {"settings": {"visibility": "private"}})
    assert items(bob, "/api/teams") == []
    max_.api.patch(url(team), {"settings": {"visibility": "organization"}})
    assert [one["teamId"] for one in items(bob, "/api/teams")] == [team["teamId"]]
