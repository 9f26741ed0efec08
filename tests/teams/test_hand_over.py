"""POST /api/teams/{teamId}/hand-over: another member leads the team in one's place."""

from functools import partial
from typing import Any

import pytest

from tests.calls import StoreCalls
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
    told,
    url,
)


def hand_over(by: Person, team: dict[str, Any], to: Person) -> Any:
    return by.api.post(url(team, "hand-over"), {"userId": to.user_id})


def roles(by: Person, team: dict[str, Any]) -> dict[str, str]:
    return {one["userId"]: one["role"] for one in items(by, url(team, "members"))}


def test_it_changes_hands(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    before = max_.actor.rights_version, bob.actor.rights_version
    answer = hand_over(max_, team, bob)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            **team,
            "managerId": bob.user_id,
            "memberCount": 2,
            "updatedAt": ANY_TIME,
            "myRole": "member",
        },
    )
    assert read(max_, team) == answer.json()
    assert answer["ETag"] == max_.api.get(url(team))["ETag"]
    assert roles(bob, team) == {max_.user_id: "member", bob.user_id: "team_lead"}
    assert (max_.actor.rights_version, bob.actor.rights_version) == (before[0] + 1, before[1] + 1)


def test_what_is_told(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    hand_over(max_, team, bob)
    found = {
        (one["action"], one["newValues"].get("userId")): one for one in entries(alice, team)[:3]
    }
    assert set(found) == {
        ("TEAM_UPDATED", None),
        ("TEAM_MEMBER_UPDATED", max_.user_id),
        ("TEAM_MEMBER_UPDATED", bob.user_id),
    }
    updated = found["TEAM_UPDATED", None]
    assert (updated["oldValues"], updated["newValues"]) == (
        {"managerId": max_.user_id},
        {"managerId": bob.user_id},
    )
    promoted = found["TEAM_MEMBER_UPDATED", bob.user_id]
    assert (promoted["oldValues"]["role"], promoted["newValues"]["role"]) == (
        "member",
        "team_lead",
    )
    assert len({one["requestId"] for one in found.values()}) == 1
    kinds = sorted(event["eventType"] for event in activity(bob, team)[:3])
    assert kinds == ["team.member.updated", "team.member.updated", "team.updated"]
    assert told(bob, "user", bob.user_id)[0]["eventType"] == "team.member.updated"


def test_among_leads(max_: Person, alice: Person, bob: Person, carol: Person) -> None:
    """Of two leads one is left; who was not the manager need not be one."""
    team = new_team(max_)
    add(max_, team, bob, role="team_lead")
    add(max_, team, carol, role="team_lead")
    assert hand_over(carol, team, bob).status_code == 200
    assert read(bob, team)["managerId"] == bob.user_id
    assert hand_over(max_, team, bob).status_code == 200
    assert roles(alice, team) == {
        max_.user_id: "member",
        bob.user_id: "team_lead",
        carol.user_id: "member",
    }
    with leaving(alice, team):  # the count is right: he is the last
        path = url(team, "members", bob.user_id)
        assert alice.api.delete(path).json() == problem(409, "last_team_lead")


def test_the_manager_of_patch_is_a_lead_too(max_: Person, bob: Person) -> None:
    """`managerId` adds a lead; handing over puts one in place of another."""
    team = new_team(max_)
    add(max_, team, bob)
    max_.api.patch(url(team), {"managerId": bob.user_id})
    assert roles(bob, team) == {max_.user_id: "team_lead", bob.user_id: "team_lead"}


def test_only_a_lead_hands_it_over(alice: Person, max_: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    with leaving(alice, team):
        for who in (alice, bob):
            assert hand_over(who, team, bob).json() == problem(403, "permission_denied")


def test_to_whom_it_is_not(max_: Person, alice: Person, bob: Person, mallory: Person) -> None:
    team = new_team(max_)
    with leaving(alice, team):
        for stranger in (bob, mallory):
            assert hand_over(max_, team, stranger).json() == problem(404, "not_found")
        assert hand_over(mallory, team, bob).json() == problem(404, "not_found")
        assert hand_over(max_, team, max_).json()["errors"][0]["code"] == "oneself"
    add(max_, team, bob)
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    with leaving(alice, team):
        assert hand_over(max_, team, bob).json()["errors"][0]["code"] == "suspended"


@pytest.mark.parametrize("body", [{}, {"userId": None}, {"userId": 7}, {"userId": ["x"]}])
def test_what_is_not_valid(max_: Person, body: Any) -> None:
    answer = max_.api.post(url(new_team(max_), "hand-over"), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_an_archived_team(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    alice.api.delete(url(team))
    with leaving(alice, team):
        assert hand_over(alice, team, bob).json() == problem(409, "team_archived")


def test_whatever_happens_at_once_a_lead_manages(
    max_: Person, alice: Person, bob: Person, carol: Person
) -> None:
    for _ in range(3):
        team = new_team(max_)
        for who in (bob, carol):
            add(max_, team, who)
        answers = at_once(
            partial(hand_over, max_, team, bob),
            partial(hand_over, max_, team, carol),
            partial(bob.api.delete, url(team, "members", bob.user_id)),
            partial(max_.api.patch, url(team), {"managerId": carol.user_id}),
        )
        assert {answer.status_code for answer in answers} <= {200, 204, 403, 404, 409}
        leads = [user for user, role in roles(alice, team).items() if role == "team_lead"]
        assert read(alice, team)["managerId"] in leads
        assert read(alice, team)["memberCount"] == len(roles(alice, team))


def test_what_it_costs(max_: Person, bob: Person, store_calls: StoreCalls) -> None:
    """As docs/teams.md says."""
    team = new_team(max_)
    add(max_, team, bob)
    store_calls.clear()
    hand_over(max_, team, bob)
    three = ["BatchGetItem"] * 3  # the team; the heir's membership; the heir
    assert store_calls.until_written() == ([*three, "TransactWriteItems"], 28)
