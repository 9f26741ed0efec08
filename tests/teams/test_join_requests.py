"""Asking to join: with a note, once, until it is decided or withdrawn."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from teams.queries.recipients import decider_ids
from tests.calls import StoreCalls
from tests.cast import Person
from tests.faults import PATIENCE_SECONDS, holding
from tests.matching import problem
from tests.outbox.looking import drain, mails_to
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

ASKING = {"requireApprovalForJoin": True}
NOTE = "I work nights from May on."


def ask(who: Person, team: dict[str, Any], **body: Any) -> Any:
    return who.api.post(url(team, "join"), body)


def withdraw(who: Person, team: dict[str, Any], of: str = "me") -> Any:
    return who.api.delete(url(team, "join-requests", of))


def test_a_note_is_for_those_who_decide(alice: Person, bob: Person, carol: Person) -> None:
    team = new_team(alice, settings=ASKING)
    add(alice, team, carol)
    assert ask(bob, team, note=NOTE).status_code == 202
    (request,) = items(alice, url(team, "join-requests"))
    assert (request["userId"], request["note"]) == (bob.user_id, NOTE)
    event = activity(carol, team)[0]
    assert (event["eventType"], event["data"]) == (
        "team.join.requested",
        {"teamName": "Night shift", "userId": bob.user_id},
    )
    assert entries(alice, team)[0]["newValues"] == {"userId": bob.user_id, "note": NOTE}


def test_who_decides_and_who_asked_are_told(alice: Person, bob: Person) -> None:
    team = new_team(alice, settings=ASKING)
    ask(bob, team)
    for audience in (("team", team["teamId"]), ("user", bob.user_id)):
        assert told(alice, *audience)[0]["eventType"] == "team.join.requested"


@pytest.mark.parametrize("note", [None, 7, ["x"], "x" * 501])
def test_a_note_is_a_text_and_not_too_long(alice: Person, bob: Person, note: Any) -> None:
    team = new_team(alice, settings=ASKING)
    with leaving(alice, team):
        answer = ask(bob, team, note=note)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "note")


def test_a_refusal_is_told_to_the_asker_alone(alice: Person, bob: Person) -> None:
    team = new_team(alice, settings=ASKING)
    ask(bob, team)
    before = activity(alice, team)
    path = url(team, "join-requests", bob.user_id, "reject")
    answer = alice.api.post(path, {"note": "Nights are full."})
    assert answer.status_code == 204
    assert activity(alice, team) == before
    event = told(bob, "user", bob.user_id)[0]
    assert (event["eventType"], event["data"]) == (
        "team.join.rejected",
        {"teamName": "Night shift", "userId": bob.user_id, "note": "Nights are full."},
    )
    assert entries(alice, team)[0]["newValues"]["note"] == "Nights are full."


def test_what_is_said_is_mailed_to_whom_it_is_for(
    max_: Person, alice: Person, bob: Person, carol: Person
) -> None:
    team = new_team(max_, settings=ASKING)
    add(max_, team, carol)
    ask(bob, team, note=NOTE)
    alice.api.post(url(team, "join-requests", bob.user_id, "reject"), {"note": "They are full."})
    drain()
    for who, heard in ((max_, [NOTE]), (bob, ["They are full."]), (carol, [])):
        text = "".join(one.body for one in mails_to(who.email))
        assert [note for note in (NOTE, "They are full.") if note in text] == heard


def test_an_approval_is_told_to_the_asker(alice: Person, bob: Person) -> None:
    team = new_team(alice, settings=ASKING)
    ask(bob, team)
    alice.api.post(url(team, "join-requests", bob.user_id, "approve"))
    assert told(bob, "user", bob.user_id)[0]["eventType"] == "team.member.added"


@pytest.mark.parametrize("by_id", [True, False])
def test_withdrawn(alice: Person, bob: Person, by_id: bool) -> None:
    team = new_team(alice, settings=ASKING)
    ask(bob, team, note=NOTE)
    answer = withdraw(bob, team, bob.user_id if by_id else "me")
    assert (answer.status_code, answer.content) == (204, b"")
    assert items(alice, url(team, "join-requests")) == []
    entry = entries(alice, team)[0]
    assert (entry["action"], entry["userId"]) == ("TEAM_JOIN_WITHDRAWN", bob.user_id)
    assert activity(alice, team)[0]["eventType"] == "team.join.withdrawn"
    with leaving(alice, team):
        assert withdraw(bob, team).json() == problem(404, "not_found")
    assert ask(bob, team).status_code == 202


def test_only_ones_own_is_withdrawn(alice: Person, bob: Person, mallory: Person) -> None:
    team = new_team(alice, settings=ASKING)
    ask(bob, team)
    with leaving(alice, team):
        for who in (alice, mallory):
            for of in ("me", bob.user_id):
                assert withdraw(who, team, of).json() == problem(404, "not_found")


def test_withdrawn_and_approved_at_once(alice: Person, bob: Person) -> None:
    for _ in range(3):
        team = new_team(alice, settings=ASKING)
        ask(bob, team)
        path = url(team, "join-requests", bob.user_id, "approve")
        withdrawn, approved = at_once(partial(withdraw, bob, team), partial(alice.api.post, path))
        assert (withdrawn.status_code, approved.status_code) in ((204, 404), (404, 200))
        assert read(bob, team)["memberCount"] == 1 + (approved.status_code == 200)


def test_private_meanwhile(alice: Person, bob: Person, carol: Person) -> None:
    """Requests stay: those who decide decide, and who asked may think better of it."""
    team = new_team(alice, settings=ASKING)
    for who in (bob, carol):
        ask(who, team)
    alice.api.patch(url(team), {"settings": {"visibility": "private"}})
    assert ask(bob, team).json() == problem(404, "not_found")
    assert alice.api.post(url(team, "join-requests", carol.user_id, "approve")).status_code == 200
    assert withdraw(bob, team).status_code == 204
    assert read(carol, team)["myRole"] == "member"


def test_archived_meanwhile(alice: Person, bob: Person, carol: Person) -> None:
    """Requests wait, are not decided, and may be withdrawn."""
    team = new_team(alice, settings=ASKING)
    for who in (bob, carol):
        ask(who, team)
    alice.api.delete(url(team))
    with leaving(alice, team):
        for deed in ("approve", "reject"):
            path = url(team, "join-requests", bob.user_id, deed)
            assert alice.api.post(path).json() == problem(409, "team_archived")
    assert withdraw(bob, team).status_code == 204
    alice.api.post(url(team, "restore"))
    assert alice.api.post(url(team, "join-requests", carol.user_id, "approve")).status_code == 200


def test_what_it_costs(alice: Person, bob: Person, store_calls: StoreCalls) -> None:
    """As docs/teams.md says."""
    team, open_team = new_team(alice, settings=ASKING), new_team(alice)
    twice = ["BatchGetItem", "BatchGetItem"]  # the team; membership and request
    path = url(team, "join-requests", bob.user_id)
    found = []
    for deed, calls, cost in (
        (partial(bob.api.post, url(open_team, "join")), twice, 14),
        (partial(bob.api.post, url(team, "join")), twice, 14),
        (partial(bob.api.delete, path), twice, 8),
        (partial(bob.api.post, url(team, "join")), twice, 14),
        (partial(alice.api.post, f"{path}/approve"), [*twice, "BatchGetItem"], 16),
        (partial(bob.api.delete, url(team, "members", bob.user_id)), twice, 12),
    ):
        store_calls.clear()
        assert deed().status_code < 300
        found.append((store_calls.until_written(), ([*calls, "TransactWriteItems"], cost)))
    assert [one for one, _ in found] == [other for _, other in found]


def test_a_lead_is_told_however_many_come_before(alice: Person, bob: Person, max_: Person) -> None:
    """The bound is on those who are told, not on the members who are looked at."""
    team = new_team(max_)
    for who in (alice, bob):
        add(max_, team, who)
    assert decider_ids(max_.actor, team["teamId"], limit=1) == [max_.user_id]


def test_who_is_made_the_manager_asks_no_more(alice: Person, bob: Person) -> None:
    team = new_team(alice, settings=ASKING)
    ask(bob, team)
    assert alice.api.patch(url(team), {"managerId": bob.user_id}).status_code == 200
    assert items(alice, url(team, "join-requests")) == []


@pytest.mark.parametrize("held", ["ask", "add"])
def test_asking_and_being_added_at_once(alice: Person, bob: Person, held: str) -> None:
    """No member has an open request, whichever of the two is written first."""
    team = new_team(alice, settings=ASKING)
    calls = {"ask": partial(ask, bob, team), "add": partial(add, alice, team, bob)}
    with ThreadPoolExecutor(1) as pool, holding("TransactWriteItems") as (is_held, release):
        first = pool.submit(calls.pop(held))
        is_held.wait(PATIENCE_SECONDS)
        (other,) = calls.values()
        other()
        release.set()
        first.result()
    assert items(alice, url(team, "join-requests")) == []
    assert read(bob, team)["myRole"] == "member"
