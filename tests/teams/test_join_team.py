"""Joining by oneself, and being let in."""

from typing import Any

import pytest

from tests.cast import Person
from tests.matching import ANY_TIME, problem
from tests.teams.making import activity, add, at_once, entries, items, leaving, new_team, read, url

ASKING = {"requireApprovalForJoin": True}


def asked_for(alice: Person, who: Person) -> dict[str, Any]:
    team = new_team(alice, settings=ASKING)
    answer = who.api.post(url(team, "join"))
    assert (answer.status_code, answer.json()) == (202, {"status": "pending"})
    return team


def test_an_open_team(alice: Person, carol: Person) -> None:
    team = new_team(alice)
    answer = carol.api.post(url(team, "join"))
    assert (answer.status_code, answer.json()) == (200, {"status": "joined"})
    assert read(carol, team) == {**team, "memberCount": 2, "myRole": "member"}
    entry = entries(alice, team)[0]
    assert (entry["action"], entry["userId"]) == ("TEAM_MEMBER_ADDED", carol.user_id)
    assert entry["newValues"]["via"] == "joined"


@pytest.mark.parametrize(
    "settings", [{}, ASKING, {"visibility": "private"}, {"allowMemberInvites": False}]
)
def test_joining_twice_is_joining_once(alice: Person, bob: Person, settings: Any) -> None:
    team = new_team(alice, settings=settings)
    add(alice, team, bob)
    with leaving(alice, team):
        answer = bob.api.post(url(team, "join"))
    assert (answer.status_code, answer.json()) == (200, {"status": "joined"})


def test_joining_many_times_at_once_is_joining_once(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    answers = at_once(*[lambda: bob.api.post(url(team, "join"))] * 6)
    assert {answer.status_code for answer in answers} == {200}
    assert read(bob, team)["memberCount"] == 2
    assert len(entries(alice, team)) == 2


def test_a_private_team_is_not_there_to_join(alice: Person, max_: Person, bob: Person) -> None:
    team = new_team(alice, settings={"visibility": "private"})
    with leaving(alice, team):
        for who in (max_, bob):
            assert who.api.post(url(team, "join")).json() == problem(404, "not_found")


def test_another_organisations_team(alice: Person, mallory: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        assert mallory.api.post(url(team, "join")).json() == problem(404, "not_found")
        for deed in ("approve", "reject"):
            path = url(team, "join-requests", mallory.user_id, deed)
            assert mallory.api.post(path).json() == problem(404, "not_found")


def test_asking(alice: Person, bob: Person) -> None:
    team = asked_for(alice, bob)
    assert items(alice, url(team, "join-requests")) == [
        {
            "userId": bob.user_id,
            "teamId": team["teamId"],
            "name": "Bob",
            "email": bob.email,
            "requestedAt": ANY_TIME,
            "note": "",
        }
    ]
    assert read(bob, team) == {**team, "myRole": None}
    entry = entries(alice, team)[0]
    assert (entry["action"], entry["userId"]) == ("TEAM_JOIN_REQUESTED", bob.user_id)
    assert activity(alice, team)[0]["eventType"] == "team.join.requested"


def test_asking_again_is_the_same_request(alice: Person, bob: Person) -> None:
    team = asked_for(alice, bob)
    with leaving(alice, team):
        answer = bob.api.post(url(team, "join"))
    assert (answer.status_code, answer.json()) == (202, {"status": "pending"})


def test_asking_many_times_at_once_is_one_request(alice: Person, bob: Person) -> None:
    team = new_team(alice, settings=ASKING)
    answers = at_once(*[lambda: bob.api.post(url(team, "join"))] * 6)
    assert {answer.status_code for answer in answers} == {202}
    assert len(items(alice, url(team, "join-requests"))) == 1
    assert len(entries(alice, team)) == 2


def test_approved(alice: Person, bob: Person) -> None:
    team = asked_for(alice, bob)
    answer = alice.api.post(url(team, "join-requests", bob.user_id, "approve"))
    assert answer.status_code == 200
    assert answer.json() == {
        "userId": bob.user_id,
        "teamId": team["teamId"],
        "name": "Bob",
        "email": bob.email,
        "role": "member",
        "permissions": [],
        "joinedAt": ANY_TIME,
    }
    assert answer.json() in items(bob, url(team, "members"))
    assert items(alice, url(team, "join-requests")) == []
    assert read(alice, team)["memberCount"] == 2
    entry = entries(alice, team)[0]
    assert (entry["action"], entry["newValues"]["via"]) == ("TEAM_MEMBER_ADDED", "approved")


def test_rejected(alice: Person, bob: Person) -> None:
    team = asked_for(alice, bob)
    answer = alice.api.post(url(team, "join-requests", bob.user_id, "reject"))
    assert (answer.status_code, answer.content) == (204, b"")
    assert items(alice, url(team, "join-requests")) == []
    assert read(bob, team)["myRole"] is None
    assert entries(alice, team)[0]["action"] == "TEAM_JOIN_REJECTED"
    assert bob.api.post(url(team, "join")).status_code == 202


def test_approved_and_rejected_at_once(alice: Person, max_: Person, bob: Person) -> None:
    team = asked_for(alice, bob)
    path = url(team, "join-requests", bob.user_id)
    answers = at_once(
        lambda: alice.api.post(f"{path}/approve"), lambda: max_.api.post(f"{path}/reject")
    )
    statuses = [answer.status_code for answer in answers]
    assert statuses in ([200, 404], [404, 204])
    is_in = statuses[0] == 200
    assert read(bob, team)["memberCount"] == 1 + is_in
    assert len(entries(alice, team)) == 3


def test_opened_meanwhile(alice: Person, bob: Person) -> None:
    team = asked_for(alice, bob)
    alice.api.patch(url(team), {"settings": {"requireApprovalForJoin": False}})
    assert bob.api.post(url(team, "join")).json() == {"status": "joined"}
    assert items(alice, url(team, "join-requests")) == []


@pytest.mark.parametrize("deed", ["approve", "reject"])
def test_deciding_needs_member_manage(
    alice: Person, bob: Person, carol: Person, deed: str
) -> None:
    team = asked_for(alice, bob)
    add(alice, team, carol)
    refused = problem(403, "permission_denied", permission="member.manage")
    with leaving(alice, team):
        for who in (bob, carol):
            path = url(team, "join-requests")
            assert who.api.get(path).json() == refused
            assert who.api.post(f"{path}/{bob.user_id}/{deed}").json() == refused


@pytest.mark.parametrize("deed", ["approve", "reject"])
def test_who_never_asked(alice: Person, bob: Person, mallory: Person, deed: str) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        for who in (bob.user_id, mallory.user_id, "nobody"):
            answer = alice.api.post(url(team, "join-requests", who, deed))
            assert answer.json() == problem(404, "not_found")


def test_suspended_meanwhile(alice: Person, bob: Person) -> None:
    team = asked_for(alice, bob)
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    with leaving(alice, team):
        answer = alice.api.post(url(team, "join-requests", bob.user_id, "approve"))
    assert answer.json()["errors"][0]["code"] == "suspended"
