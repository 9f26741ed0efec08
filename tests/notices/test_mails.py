"""Mails about what happens, to those whom it concerns and who want them."""

from dataclasses import dataclass
from typing import Any

import pytest

from accounts import services as accounts
from prework.changes import Change
from prework.dynamo import fetch
from prework.events import Audience, Event, Notice
from tests.calls import StoreCalls
from tests.cast import Organization, Person, hire
from tests.notices.test_preferences import URL as PREFERENCES
from tests.outbox.looking import drain, mails_to
from tests.prework.crates import Crate, crate
from tests.teams.making import add, assign, new_checklist, new_team, url

ASKING = {"requireApprovalForJoin": True}


@dataclass(frozen=True, kw_only=True)
class CrateLent(Event):
    """A crate was lent to somebody."""

    code = "crate.lent"
    entity_type = "crate"
    sentence = "lent a crate"

    def audiences(self) -> list[Audience]:
        return [Audience("user", self.entity_id), Audience("crate", self.entity_id)]

    def notice(self) -> Notice:
        return Notice(topic="assignments", title="A crate", body="Is lent to you.")


def subjects(person: Person) -> list[str]:
    """What a person got, once all is sent."""
    drain()
    return sorted(one.subject for one in mails_to(person.email))


@pytest.fixture
def checklist(alice: Person) -> str:
    return new_checklist(alice)


def test_an_assignment_is_mailed(max_: Person, bob: Person, checklist: str) -> None:
    given = {"checklistId": checklist, "userId": bob.user_id, "dueDate": "2026-12-01T15:00:00Z"}
    made = assign(max_, given)[0]["assignmentId"]
    assert subjects(bob) == ["A new assignment for you"]
    [one] = mails_to(bob.email)
    assert f"Checklist: {checklist}." in one.body
    assert "From: Max" in one.body
    assert "Due: Dec. 1, 2026, 3 p.m. (UTC)" in one.body
    assert f"http://127.0.0.1:8000/assignments/{made}" in one.body
    assert "work that is assigned to you" in one.body
    assert one.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_times_are_by_their_own_clock(max_: Person, bob: Person, checklist: str) -> None:
    habits = {"profile": {"timezone": "Europe/Zurich", "locale": "de-CH"}}
    assert bob.api.patch("/api/auth/me", habits).status_code == 200
    due = "2026-12-01T15:00:00Z"
    assign(max_, {"checklistId": checklist, "userId": bob.user_id, "dueDate": due})
    drain()
    assert "Due: 1. Dezember 2026 16:00 (Europe/Zurich)" in mails_to(bob.email)[0].body


def test_many_at_once_are_one_mail_each(
    max_: Person, bob: Person, carol: Person, checklist: str
) -> None:
    others = [new_checklist(max_) for _ in range(3)]
    people = (bob, carol)
    assign(
        max_,
        *[{"checklistId": c, "userId": p.user_id} for c in (checklist, *others) for p in people],
    )
    assert subjects(bob) == subjects(carol) == ["4 new assignments for you"]


def test_a_teams_assignment_is_for_its_members(
    alice: Person, bob: Person, carol: Person, checklist: str
) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    assign(alice, {"checklistId": checklist, "teamId": team["teamId"]})
    assert "A new assignment for your team" in subjects(bob)
    assert subjects(alice) == subjects(carol) == []


def test_oneself_is_told_nothing(bob: Person, alice: Person, checklist: str) -> None:
    assign(bob, {"checklistId": checklist, "userId": bob.user_id})
    bob.api.post(url(new_team(alice), "join"))
    assert subjects(bob) == []


def test_those_who_decide_are_asked(alice: Person, bob: Person, carol: Person) -> None:
    team = new_team(alice, settings=ASKING)
    add(alice, team, carol)
    max_ = hire_decider(alice, team)
    bob.api.post(url(team, "join"))
    asked = "Somebody asks to join the team Night shift"
    assert asked in subjects(alice)
    assert asked in subjects(max_)
    assert asked not in subjects(carol)
    assert subjects(bob) == []


def hire_decider(alice: Person, team: dict[str, Any]) -> Person:
    max_ = hire(Organization(alice.organization_id, alice), "max", role="member")
    add(alice, team, max_, permissions=["member.manage"])
    return max_


@pytest.mark.parametrize(
    ("deed", "subject"),
    [
        ("approve", "You are in the team Night shift"),
        ("reject", "You were not taken into the team Night shift"),
    ],
)
def test_who_asked_is_told(alice: Person, bob: Person, deed: str, subject: str) -> None:
    team = new_team(alice, settings=ASKING)
    bob.api.post(url(team, "join"))
    alice.api.post(url(team, "join-requests", bob.user_id, deed))
    assert subjects(bob) == [subject]
    [one] = mails_to(bob.email)
    assert f"/teams/{team['teamId']}" in one.body


def test_being_added_and_made_a_lead(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    alice.api.patch(url(team, "members", bob.user_id), {"role": "team_lead"})
    assert subjects(bob) == ["You are in the team Night shift", "You lead the team Night shift"]


def test_what_is_turned_off_is_not_mailed(max_: Person, bob: Person, checklist: str) -> None:
    bob.api.patch(PREFERENCES, {"email": {"assignments": False}})
    assign(max_, {"checklistId": checklist, "userId": bob.user_id})
    add(max_, new_team(max_), bob)
    assert subjects(bob) == ["You are in the team Night shift"]


def test_who_is_suspended_is_told_nothing(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    drain()
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    alice.api.patch(url(team, "members", bob.user_id), {"role": "team_lead"})
    assert subjects(bob) == ["You are in the team Night shift"]


def test_a_name_that_would_be_a_header_is_none(alice: Person, bob: Person) -> None:
    add(alice, new_team(alice, name="Night {shift} Bcc: x@example.com"), bob)
    assert subjects(bob) == ["You are in the team Night {shift} Bcc: x@example.com"]
    assert mails_to(bob.email)[0].to == [bob.email]


def test_it_costs_one_item_of_the_transaction(
    max_: Person, bob: Person, checklist: str, store_calls: StoreCalls
) -> None:
    assign(max_, {"checklistId": checklist, "userId": bob.user_id})
    store_calls.clear()
    assign(max_, *[{"checklistId": checklist, "userId": bob.user_id}] * 2)
    [body] = [r["body"].decode() for r in store_calls.requests if b"TransactItems" in r["body"]]
    assert body.count('"OutboxRow"') == 1
    assert store_calls.dynamodb.count("TransactWriteItems") == 1


def test_what_concerns_nobody_costs_nothing(bob: Person, store_calls: StoreCalls) -> None:
    bob.api.patch("/api/auth/me", {"name": "Robert"})
    accounts.log_out(actor=bob.actor)
    assert not [r for r in store_calls.requests if b'"OutboxRow"' in r["body"]]
    drain()
    assert mails_to(bob.email) == []


@pytest.mark.parametrize("crates", [1, 97])
def test_a_change_that_is_full_is_written_and_told_all_the_same(
    alice: Person, bob: Person, crates: int
) -> None:
    with Change(actor=alice.actor) as change:
        for number in range(crates):
            change.put(crate(alice.actor, f"{bob.user_id}-{number}"))
        change.record(CrateLent(entity_id=bob.user_id))
    assert len(find_crates(alice, bob, crates)) == crates
    assert subjects(bob) == ["A crate"]


def find_crates(alice: Person, bob: Person, count: int) -> list[Crate]:
    ids = [f"{bob.user_id}-{number}" for number in range(count)]
    return [
        one
        for one in fetch(*[(Crate, alice.actor.key("CRATE", i), "METADATA") for i in ids])
        if one
    ]
