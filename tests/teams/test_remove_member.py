"""Removing members, and leaving."""

from functools import partial

from tests.cast import Person
from tests.matching import problem
from tests.teams.making import activity, add, at_once, entries, items, leaving, new_team, read, url


def test_it_is_gone(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    before = bob.actor.rights_version
    answer = max_.api.delete(url(team, "members", bob.user_id))
    assert (answer.status_code, answer.content) == (204, b"")
    assert read(bob, team) == {**team, "myRole": None}
    assert [member["userId"] for member in items(max_, url(team, "members"))] == [max_.user_id]
    assert bob.actor.rights_version == before + 1
    entry = entries(alice, team)[0]
    assert entry["action"] == "TEAM_MEMBER_REMOVED"
    assert entry["oldValues"] == {"userId": bob.user_id, "role": "member", "permissions": []}
    assert entry["newValues"] == {"userId": bob.user_id}
    event = activity(max_, team)[0]
    assert event["eventType"] == "team.member.removed"
    assert event["data"] == {"teamName": "Night shift", "userId": bob.user_id}


def test_a_member_may_leave(max_: Person, bob: Person) -> None:
    team = new_team(max_, settings={"visibility": "private"})
    add(max_, team, bob)
    assert bob.api.delete(url(team, "members", bob.user_id)).status_code == 204
    assert bob.api.get(url(team)).json() == problem(404, "not_found")


def test_others_need_member_manage(alice: Person, bob: Person, carol: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    add(alice, team, carol)
    with leaving(alice, team):
        answer = bob.api.delete(url(team, "members", carol.user_id))
    assert answer.json() == problem(403, "permission_denied", permission="member.manage")


def test_the_last_lead_stays(max_: Person, alice: Person, bob: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    with leaving(alice, team):
        for who in (max_, alice):
            answer = who.api.delete(url(team, "members", max_.user_id))
            assert answer.json() == problem(409, "last_team_lead")


def test_two_leads_removing_each_other(max_: Person, alice: Person, bob: Person) -> None:
    for _ in range(3):
        team = new_team(max_)
        add(max_, team, bob, role="team_lead")
        answers = at_once(
            partial(max_.api.delete, url(team, "members", bob.user_id)),
            partial(bob.api.delete, url(team, "members", max_.user_id)),
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses in ([204, 403], [204, 409])
        (left,) = items(alice, url(team, "members"))
        assert left["role"] == "team_lead"
        assert read(alice, team)["memberCount"] == 1


def test_who_is_no_member(alice: Person, bob: Person, mallory: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        for who in (bob.user_id, mallory.user_id, "nobody"):
            answer = alice.api.delete(url(team, "members", who))
            assert answer.json() == problem(404, "not_found")
        own = mallory.api.delete(url(team, "members", mallory.user_id))
        assert own.json() == problem(404, "not_found")


def test_what_is_not_ones_own_is_not_left(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        answer = bob.api.delete(url(team, "members", bob.user_id))
    assert answer.json() == problem(403, "permission_denied", permission="member.manage")
