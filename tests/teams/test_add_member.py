"""Taking users into a team."""

from typing import Any

import pytest

from tests.cast import Person, hire
from tests.matching import ANY_ID, ANY_TIME, problem
from tests.teams.making import activity, add, at_once, entries, items, leaving, new_team, read, url


def test_it_is_a_member(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    added = add(max_, team, bob, permissions=["member.invite", "member.invite"])
    assert added == {
        "userId": bob.user_id,
        "teamId": team["teamId"],
        "name": "Bob",
        "email": bob.email,
        "role": "member",
        "permissions": ["member.invite"],
        "joinedAt": ANY_TIME,
    }
    assert added in items(bob, url(team, "members"))
    assert read(bob, team) == {**team, "memberCount": 2, "myRole": "member"}


def test_the_audit_entry_and_the_event(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    entry = entries(alice, team)[0]
    told = {"userId": bob.user_id, "role": "member", "permissions": [], "via": "added"}
    assert (entry["action"], entry["userId"]) == ("TEAM_MEMBER_ADDED", max_.user_id)
    assert (entry["oldValues"], entry["newValues"]) == ({}, told)
    assert activity(max_, team)[0] == {
        "eventId": ANY_ID,
        "eventType": "team.member.added",
        "entityType": "team",
        "entityId": team["teamId"],
        "timestamp": ANY_TIME,
        "userId": max_.user_id,
        "data": {"teamName": "Night shift", **told},
    }


def test_the_rights_version_of_the_user_moves(max_: Person, bob: Person) -> None:
    team, before = new_team(max_), bob.actor.rights_version
    add(max_, team, bob)
    assert bob.actor.rights_version == before + 1


def test_g16_the_counter_is_the_number_of_members(org: Any, max_: Person) -> None:
    """G16: a counter beside the rows drifts, unless it moves with them. 20 at once."""
    team = new_team(max_)
    people = [hire(org, f"p{number}", role="member") for number in range(10)]
    path = url(team, "members")
    answers = at_once(
        *[lambda who=who: max_.api.post(path, {"userId": who.user_id}) for who in people * 2]
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [201] * 10 + [409] * 10
    assert read(max_, team)["memberCount"] == len(items(max_, path)) == 11


def test_twice(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    with leaving(alice, team):
        answer = max_.api.post(url(team, "members"), {"userId": bob.user_id})
    assert answer.json() == problem(409, "already_member")


def test_it_needs_member_manage(alice: Person, max_: Person, bob: Person, carol: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob, permissions=["member.invite"])
    with leaving(alice, team):
        for who in (bob, carol):
            answer = who.api.post(url(team, "members"), {"userId": carol.user_id})
            refused = problem(403, "permission_denied", permission="member.manage")
            assert answer.json() == refused


@pytest.mark.parametrize("gift", [{"role": "team_lead"}, {"permissions": ["team.update"]}])
def test_nobody_gives_what_they_do_not_hold(
    alice: Person, max_: Person, bob: Person, carol: Person, gift: Any
) -> None:
    team = new_team(max_)
    add(max_, team, bob, permissions=["member.manage", "member.invite"])
    with leaving(alice, team):
        answer = bob.api.post(url(team, "members"), {"userId": carol.user_id, **gift})
    assert answer.status_code == 403
    missing = "checklist.assign_team" if "role" in gift else "team.update"
    assert answer.json()["permission"] == missing
    add(bob, team, carol, permissions=["member.invite"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "userId"),
        ({"userId": 7}, "userId"),
        ({"userId": "{bob}", "role": "admin"}, "role"),
        ({"userId": "{bob}", "permissions": ["user.manage"]}, "permissions.0"),
        ({"userId": "{bob}", "permissions": ["checklist.edit"]}, "permissions.0"),
        ({"userId": "{bob}", "permissions": None}, "permissions"),
    ],
)
def test_what_is_not_valid(alice: Person, bob: Person, body: dict[str, Any], field: str) -> None:
    team = new_team(alice)
    if body.get("userId") == "{bob}":
        body = {**body, "userId": bob.user_id}
    with leaving(alice, team):
        answer = alice.api.post(url(team, "members"), body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_unknown_users_and_those_of_others(alice: Person, mallory: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        for who in (mallory.user_id, "nobody"):
            answer = alice.api.post(url(team, "members"), {"userId": who})
            assert answer.json() == problem(404, "not_found")


def test_a_suspended_user(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    with leaving(alice, team):
        answer = alice.api.post(url(team, "members"), {"userId": bob.user_id})
    assert answer.json()["errors"][0]["code"] == "suspended"


def test_it_settles_an_open_request(alice: Person, bob: Person) -> None:
    team = new_team(alice, settings={"requireApprovalForJoin": True})
    bob.api.post(url(team, "join"))
    add(alice, team, bob)
    assert items(alice, url(team, "join-requests")) == []


def test_another_organisations_team(alice: Person, mallory: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        answer = mallory.api.post(url(team, "members"), {"userId": mallory.user_id})
    assert answer.json() == problem(404, "not_found")
    assert mallory.api.get(url(team, "members")).json() == problem(404, "not_found")


def test_the_list_has_pages(alice: Person, bob: Person, carol: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    add(alice, team, carol)
    first = carol.api.get(url(team, "members") + "?limit=2").json()
    rest = f"?limit=2&cursor={first['nextCursor']}"
    second = carol.api.get(url(team, "members") + rest).json()
    names = [member["name"] for member in first["items"] + second["items"]]
    assert (sorted(names), second["nextCursor"]) == (["Alice", "Bob", "Carol"], None)
