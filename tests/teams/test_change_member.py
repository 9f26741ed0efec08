"""Changing a member's role and own permissions."""

from typing import Any

import pytest

from tests.cast import Person
from tests.matching import problem
from tests.teams.making import activity, add, at_once, entries, items, leaving, new_team, read, url


def test_it_leads(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    member = add(max_, team, bob)
    before = bob.actor.rights_version
    answer = max_.api.patch(url(team, "members", bob.user_id), {"role": "team_lead"})
    assert answer.json() == {**member, "role": "team_lead"}
    assert answer["ETag"] == '"2"'
    assert answer.json() in items(bob, url(team, "members"))
    assert bob.actor.rights_version == before + 1
    entry = entries(alice, team)[0]
    assert entry["action"] == "TEAM_MEMBER_UPDATED"
    assert entry["oldValues"] == {"userId": bob.user_id, "role": "member"}
    assert entry["newValues"] == {"userId": bob.user_id, "role": "team_lead"}
    event = activity(max_, team)[0]
    assert (event["eventType"], event["data"]["role"]) == ("team.member.updated", "team_lead")


def test_own_permissions(max_: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    path = url(team, "members", bob.user_id)
    wanted = ["team.update", "member.invite"]
    answer = max_.api.patch(path, {"permissions": wanted})
    assert answer.json()["permissions"] == sorted(wanted)
    assert bob.api.patch(url(team), {"name": "Ours"}).status_code == 200
    assert max_.api.patch(path, {"permissions": []}).json()["permissions"] == []
    assert bob.api.patch(url(team), {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("same", [{}, {"role": "member"}, {"permissions": []}])
def test_no_change_writes_nothing(alice: Person, bob: Person, same: Any) -> None:
    team = new_team(alice)
    member = add(alice, team, bob)
    with leaving(alice, team):
        assert alice.api.patch(url(team, "members", bob.user_id), same).json() == member


def test_the_last_lead_stays_one(max_: Person, alice: Person) -> None:
    team = new_team(max_)
    with leaving(alice, team):
        answer = max_.api.patch(url(team, "members", max_.user_id), {"role": "member"})
    assert answer.json() == problem(409, "last_team_lead")


def test_two_leads_demoting_each_other(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob, role="team_lead")
    answers = at_once(
        *[
            lambda who=who: alice.api.patch(url(team, "members", who.user_id), {"role": "member"})
            for who in (max_, bob)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    roles = [member["role"] for member in items(alice, url(team, "members"))]
    assert sorted(roles) == ["member", "team_lead"]
    assert max_.api.get(url(team)).json()["memberCount"] == 2


def test_the_same_promotion_many_times_at_once_counts_once(
    max_: Person, alice: Person, bob: Person
) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    path = url(team, "members", bob.user_id)
    answers = at_once(*[lambda: alice.api.patch(path, {"role": "team_lead"})] * 6)
    assert {answer.status_code for answer in answers} == {200}
    assert alice.api.patch(path, {"role": "member"}).status_code == 200
    last = alice.api.patch(url(team, "members", max_.user_id), {"role": "member"})
    assert last.json() == problem(409, "last_team_lead")


def test_nobody_gives_what_they_do_not_hold(alice: Person, max_: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob, permissions=["member.manage"])
    path = url(team, "members", bob.user_id)
    with leaving(alice, team):
        for gift in ({"role": "team_lead"}, {"permissions": ["member.manage", "team.update"]}):
            assert bob.api.patch(path, gift).json()["code"] == "permission_denied"
    assert bob.api.patch(path, {"permissions": []}).status_code == 200


def test_it_needs_member_manage(alice: Person, bob: Person, carol: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    with leaving(alice, team):
        for who in (bob, carol):
            answer = who.api.patch(url(team, "members", bob.user_id), {"permissions": []})
            refused = problem(403, "permission_denied", permission="member.manage")
            assert answer.json() == refused


def test_if_match(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    path = url(team, "members", bob.user_id)
    with leaving(alice, team):
        answer = alice.api.patch(path, {"role": "team_lead"}, If_Match='"9"')
        assert answer.json() == problem(412, "precondition_failed")
        assert alice.api.delete(path, If_Match='"9"').status_code == 412
    assert alice.api.patch(path, {"role": "team_lead"}, If_Match='"1"').status_code == 200


def test_who_is_no_member(alice: Person, bob: Person, mallory: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        for who in (bob.user_id, mallory.user_id, "nobody"):
            answer = alice.api.patch(url(team, "members", who), {"role": "member"})
            assert answer.json() == problem(404, "not_found")


def test_another_organisations_team(alice: Person, mallory: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        path = url(team, "members", alice.user_id)
        assert mallory.api.patch(path, {"role": "member"}).json() == problem(404, "not_found")


def test_what_is_not_valid(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    with leaving(alice, team):
        for body in ({"role": "owner"}, {"role": None}, {"permissions": ["audit.view"]}):
            answer = alice.api.patch(url(team, "members", bob.user_id), body)
            assert answer.json()["code"] == "validation_failed"
    assert read(bob, team)["myRole"] == "member"
