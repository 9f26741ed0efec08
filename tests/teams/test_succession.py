"""Who manages a team when its manager goes, or leads it no more."""

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
    url,
)


def remove(by: Person, team: dict[str, Any], who: Person) -> Any:
    return by.api.delete(url(team, "members", who.user_id))


def demote(by: Person, team: dict[str, Any], who: Person) -> Any:
    return by.api.patch(url(team, "members", who.user_id), {"role": "member"})


def manager_of(by: Person, team: dict[str, Any]) -> str:
    """The team's manager, who leads it."""
    manager_id = str(read(by, team)["managerId"])
    members = items(by, url(team, "members"))
    assert manager_id in [one["userId"] for one in members if one["role"] == "team_lead"]
    return manager_id


both = pytest.mark.parametrize("deed", [remove, demote])


@both
def test_a_lead_who_does_it_takes_over(
    max_: Person, bob: Person, carol: Person, deed: Any
) -> None:
    team = new_team(max_)
    for lead in (bob, carol):
        add(max_, team, lead, role="team_lead")
    assert deed(carol, team, max_).status_code in (200, 204)
    assert manager_of(carol, team) == carol.user_id


@both
def test_else_another_lead_does(
    max_: Person, alice: Person, bob: Person, carol: Person, deed: Any
) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    add(max_, team, carol, role="team_lead")
    assert deed(alice, team, max_).status_code in (200, 204)
    assert manager_of(alice, team) == carol.user_id


@both
def test_who_goes_alone_is_followed_by_a_lead(max_: Person, bob: Person, deed: Any) -> None:
    team = new_team(max_)
    add(max_, team, bob, role="team_lead")
    assert deed(max_, team, max_).status_code in (200, 204)
    assert manager_of(bob, team) == bob.user_id


@both
def test_others_go_and_the_manager_stays(max_: Person, bob: Person, deed: Any) -> None:
    team = new_team(max_)
    add(max_, team, bob, role="team_lead")
    tag = max_.api.get(url(team))["ETag"]
    assert deed(max_, team, bob).status_code in (200, 204)
    assert manager_of(max_, team) == max_.user_id
    assert max_.api.get(url(team))["ETag"] == tag
    assert [entry for entry in activity(max_, team) if entry["eventType"] == "team.updated"] == []


@both
def test_the_last_lead_stays_whoever_manages(
    max_: Person, alice: Person, bob: Person, deed: Any
) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    with leaving(alice, team):
        assert deed(alice, team, max_).json() == problem(409, "last_team_lead")


def test_what_is_told_and_kept(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob, role="team_lead")
    tag = alice.api.get(url(team))["ETag"]
    remove(alice, team, max_)
    assert read(alice, team) == {
        **team,
        "managerId": bob.user_id,
        "updatedAt": ANY_TIME,
        "myRole": None,
    }
    late = alice.api.patch(url(team), {"managerId": max_.user_id}, If_Match=tag)
    assert late.json() == problem(412, "precondition_failed")
    by_action = {entry["action"]: entry for entry in entries(alice, team)[:2]}
    assert set(by_action) == {"TEAM_MEMBER_REMOVED", "TEAM_UPDATED"}
    updated = by_action["TEAM_UPDATED"]
    assert (updated["oldValues"], updated["newValues"], updated["userId"]) == (
        {"managerId": max_.user_id},
        {"managerId": bob.user_id},
        alice.user_id,
    )
    kinds = [event["eventType"] for event in activity(alice, team)[:2]]
    assert sorted(kinds) == ["team.member.removed", "team.updated"]


def test_it_asks_for_the_members_once(
    max_: Person, alice: Person, bob: Person, store_calls: StoreCalls
) -> None:
    team = new_team(max_)
    add(max_, team, bob, role="team_lead")
    store_calls.clear()
    remove(alice, team, max_)
    # the team, who goes, and whether they have an invitation still, which goes by their address
    read_first = ["BatchGetItem"] * 4
    assert store_calls.after_sign_in() == [*read_first, "Query", "TransactWriteItems"]


def test_the_next_goes_at_the_same_time(max_: Person, alice: Person, bob: Person) -> None:
    for _ in range(3):
        team = new_team(max_)
        add(max_, team, bob, role="team_lead")
        add(max_, team, alice, role="team_lead")
        answers = at_once(
            partial(remove, max_, team, max_),
            partial(remove, bob, team, bob),
            partial(max_.api.patch, url(team), {"managerId": bob.user_id}),
        )
        assert {answer.status_code for answer in answers} <= {200, 204, 403, 409}
        manager_of(alice, team)
