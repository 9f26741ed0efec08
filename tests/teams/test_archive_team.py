"""Archiving and restoring: a team that rests is read, and not written."""

from typing import Any

import pytest

from tests.cast import Person, hire
from tests.matching import ANY_TIME, problem
from tests.teams.making import activity, add, entries, items, leaving, new_team, read, url


def archived(alice: Person, **body: Any) -> dict[str, Any]:
    team = new_team(alice, **body)
    assert alice.api.delete(url(team)).status_code == 204
    return team


def test_it_rests(alice: Person, bob: Person) -> None:
    team = archived(alice)
    assert read(bob, team) == {**team, "isActive": False, "updatedAt": ANY_TIME, "myRole": None}
    assert items(bob, "/api/teams") == []
    assert [entry["action"] for entry in entries(alice, team)] == [
        "TEAM_ARCHIVED",
        "TEAM_CREATED",
    ]
    assert activity(alice, team)[0]["eventType"] == "team.archived"


def test_archiving_twice_is_archiving_once(alice: Person) -> None:
    team = archived(alice)
    with leaving(alice, team):
        for headers in ({}, {"If_Match": '"1"'}):
            answer = alice.api.delete(url(team), **headers)
            assert (answer.status_code, answer.content) == (204, b"")


def test_it_comes_back(alice: Person, bob: Person) -> None:
    team = archived(alice)
    answer = alice.api.post(url(team, "restore"))
    assert answer.json() == {**team, "updatedAt": ANY_TIME}
    assert read(alice, team) == answer.json()
    assert [one["teamId"] for one in items(bob, "/api/teams")] == [team["teamId"]]
    entry = entries(alice, team)[0]
    assert entry["action"] == "TEAM_RESTORED"
    assert (entry["oldValues"], entry["newValues"]) == ({"isActive": False}, {"isActive": True})
    assert activity(alice, team)[0]["eventType"] == "team.restored"


def test_restoring_what_is_there_writes_nothing(alice: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        assert alice.api.post(url(team, "restore")).json() == team


def test_it_needs_team_archive(alice: Person, max_: Person, bob: Person, org: Any) -> None:
    team = new_team(max_)
    with leaving(alice, team):
        for who in (max_, bob):
            refused = problem(403, "permission_denied", permission="team.archive")
            assert who.api.delete(url(team)).json() == refused
            assert who.api.post(url(team, "restore")).json() == refused
    granted = hire(org, "gina", role="member", grants=("team.archive",))
    assert granted.api.delete(url(team)).status_code == 204


def test_if_match(alice: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        answer = alice.api.delete(url(team), If_Match='"4"')
    assert answer.json() == problem(412, "precondition_failed")
    assert alice.api.delete(url(team), If_Match='"1"').status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", [], {"name": "New"}),
        ("POST", ["members"], {"userId": "{carol}"}),
        ("PATCH", ["members", "{bob}"], {"role": "team_lead"}),
        ("DELETE", ["members", "{bob}"], None),
        ("POST", ["join"], None),
        ("POST", ["join-requests", "{carol}", "approve"], None),
        ("POST", ["join-requests", "{carol}", "reject"], None),
    ],
)
def test_nothing_in_it_is_written(
    alice: Person,
    max_: Person,
    bob: Person,
    carol: Person,
    method: str,
    path: list[str],
    body: Any,
) -> None:
    team = new_team(alice, settings={"requireApprovalForJoin": True})
    add(alice, team, bob)
    carol.api.post(url(team, "join"))
    alice.api.delete(url(team))
    people = {"bob": bob.user_id, "carol": carol.user_id}
    parts = [part.format(**people) for part in path]
    filled = body and {name: value.format(**people) for name, value in body.items()}
    by = max_ if path == ["join"] else alice
    with leaving(alice, team):
        answer = by.api.call(method, url(team, *parts), filled)
    assert answer.json() == problem(409, "team_archived")


def test_another_organisations_team(alice: Person, mallory: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        assert mallory.api.delete(url(team)).json() == problem(404, "not_found")
        assert mallory.api.post(url(team, "restore")).json() == problem(404, "not_found")
