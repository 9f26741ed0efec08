"""Assigning checklists: all at once or none."""

from typing import Any

import pytest

from tests.cast import Person, hire
from tests.matching import ANY_ID, ANY_TIME, problem
from tests.teams.making import add, assign, items, new_checklist, new_team, told, url

DUE = "2026-12-24T08:30:00.000Z"


@pytest.fixture
def checklist(alice: Person) -> str:
    return new_checklist(alice)


def nothing_new(alice: Person) -> list[Any]:
    return [items(alice, "/api/assignments"), alice.trail(action="ASSIGNMENT_CREATED")]


def refused(by: Person, alice: Person, *wanted: Any) -> dict[str, Any]:
    """The answer to a request that must leave nothing behind."""
    before = nothing_new(alice)
    answer = by.api.post("/api/assignments", {"assignments": list(wanted)})
    assert nothing_new(alice) == before
    body: dict[str, Any] = answer.json()
    return body


def errors(body: dict[str, Any]) -> list[Any]:
    assert (body["status"], body["code"]) == (400, "validation_failed")
    return [(error["index"], error["field"], error["code"]) for error in body["errors"]]


def test_to_a_user(max_: Person, alice: Person, bob: Person, checklist: str) -> None:
    (made,) = assign(
        max_,
        {
            "checklistId": checklist,
            "userId": bob.user_id,
            "dueDate": "2026-12-24T09:30:00+01:00",
            "priority": "high",
            "note": "Before the frost",
        },
    )
    assert made == {
        "assignmentId": ANY_ID,
        "organizationId": max_.organization_id,
        "checklistId": checklist,
        "teamId": None,
        "userId": bob.user_id,
        "status": "assigned",
        "dueDate": DUE,
        "dueTimezone": None,
        "isOverdue": False,
        "priority": "high",
        "note": "Before the frost",
        "createdAt": ANY_TIME,
        "createdBy": max_.user_id,
        "updatedAt": ANY_TIME,
    }
    answer = bob.api.get(f"/api/assignments/{made['assignmentId']}")
    assert (answer.json(), answer["ETag"]) == (made, '"1"')
    assert items(bob, "/api/assignments") == [made]


def test_the_audit_entry_and_the_event(
    max_: Person, alice: Person, bob: Person, checklist: str
) -> None:
    (made,) = assign(max_, {"checklistId": checklist, "userId": bob.user_id})
    names = ("checklistId", "userId", "teamId", "status", "dueDate", "dueTimezone", "priority")
    new = {name: made[name] for name in (*names, "note")}
    (entry,) = alice.trail(entityType="assignment", entityId=made["assignmentId"])
    assert (entry["action"], entry["newValues"]) == ("ASSIGNMENT_CREATED", new)
    (event,) = told(bob, "user", bob.user_id)
    assert event == {
        "eventId": entry["auditId"],
        "eventType": "assignment.created",
        "entityType": "assignment",
        "entityId": made["assignmentId"],
        "timestamp": ANY_TIME,
        "userId": max_.user_id,
        "data": {
            "assignmentId": made["assignmentId"],
            "assignmentIds": [made["assignmentId"]],
            "count": 1,
            **new,
        },
    }


def test_to_a_team_one_event_row_tells_of_all(max_: Person, alice: Person, checklist: str) -> None:
    teams = [new_team(max_, name) for name in "ab"]
    wanted = [{"checklistId": checklist, "teamId": teams[n]["teamId"]} for n in (0, 1, 0, 0)]
    made = [one["assignmentId"] for one in assign(max_, *wanted)]
    for team, its in ((teams[0], [made[0], *made[2:]]), (teams[1], [made[1]])):
        (event,) = [
            event
            for event in told(max_, "team", team["teamId"])
            if event["eventType"] == "assignment.created"
        ]
        assert event["data"]["assignmentIds"] == its
        assert event["data"]["teamId"] == team["teamId"]
    assert len(alice.trail(action="ASSIGNMENT_CREATED")) == 4


def test_what_one_transaction_takes(
    max_: Person, alice: Person, bob: Person, checklist: str, store_calls: Any
) -> None:
    wanted = {"checklistId": checklist, "userId": bob.user_id}
    store_calls.clear()
    made = assign(max_, *[wanted] * 48)
    assert store_calls.dynamodb.count("TransactWriteItems") == 1
    assert len(store_calls.dynamodb) <= 4
    ids = [one["assignmentId"] for one in made]
    assert len(set(ids)) == len(items(bob, "/api/assignments")) == 48
    (event,) = told(bob, "user", bob.user_id)
    assert (event["data"]["assignmentIds"], event["data"]["count"]) == (ids, 48)


def test_too_many(max_: Person, alice: Person, bob: Person, checklist: str) -> None:
    wanted = {"checklistId": checklist, "userId": bob.user_id}
    body = refused(max_, alice, *[wanted] * 1001)
    (error,) = body["errors"]
    assert (body["status"], error["field"], error["code"]) == (400, "assignments", "too_many")


def test_none(max_: Person, alice: Person) -> None:
    body = refused(max_, alice)
    assert [error["field"] for error in body["errors"]] == ["assignments"]


def test_g15_one_that_cannot_be_and_none_is(
    max_: Person, alice: Person, bob: Person, mallory: Person, checklist: str
) -> None:
    """G15: the guide's loop over BatchWrite leaves some written and some not."""
    theirs = new_checklist(mallory)
    team = new_team(mallory)
    gone = new_team(alice)
    alice.api.delete(url(gone))
    target = {"userId": bob.user_id}
    body = refused(
        max_,
        alice,
        {"checklistId": checklist, **target},
        {"checklistId": "no-such", **target},
        {"checklistId": theirs, **target},
        {"checklistId": checklist},
        {"checklistId": checklist, **target, "teamId": gone["teamId"]},
        {"checklistId": checklist, "userId": mallory.user_id},
        {"checklistId": checklist, "userId": "nobody"},
        {"checklistId": checklist, "teamId": team["teamId"]},
        {"checklistId": checklist, "teamId": gone["teamId"]},
    )
    assert errors(body) == [
        (1, "checklistId", "not_found"),
        (2, "checklistId", "not_found"),
        (3, "userId", "one_target"),
        (4, "userId", "one_target"),
        (4, "teamId", "team_archived"),
        (5, "userId", "not_found"),
        (6, "userId", "not_found"),
        (7, "teamId", "not_found"),
        (8, "teamId", "team_archived"),
    ]
    assert told(bob, "user", bob.user_id) == []


def test_what_is_not_valid(max_: Person, alice: Person, bob: Person, checklist: str) -> None:
    good = {"checklistId": checklist, "userId": bob.user_id}
    body = refused(
        max_,
        alice,
        good,
        {**good, "checklistId": 7},
        {**good, "priority": "asap"},
        {**good, "dueDate": "2026-02-30"},
        {**good, "dueDate": "tomorrow"},
        {**good, "note": "x" * 2001},
        {"userId": bob.user_id},
        "all of them",
    )
    assert errors(body) == [
        (1, "checklistId", "invalid"),
        (2, "priority", "invalid_choice"),
        (3, "dueDate", "invalid"),
        (4, "dueDate", "invalid"),
        (5, "note", "max_length"),
        (6, "checklistId", "required"),
        (7, "", "invalid"),
    ]


def test_a_suspended_user(max_: Person, alice: Person, bob: Person, checklist: str) -> None:
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    body = refused(max_, alice, {"checklistId": checklist, "userId": bob.user_id})
    assert errors(body) == [(0, "userId", "suspended")]


def test_an_archived_checklist(alice: Person, bob: Person, checklist: str) -> None:
    assert alice.api.delete(f"/api/documents/checklist/{checklist}").status_code == 204
    body = refused(alice, alice, {"checklistId": checklist, "userId": bob.user_id})
    assert errors(body) == [(0, "checklistId", "not_found")]


def test_a_checklist_one_may_not_read(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    hidden = new_checklist(alice, teamId=team["teamId"])
    body = refused(bob, alice, {"checklistId": hidden, "userId": bob.user_id})
    assert errors(body) == [(0, "checklistId", "permission_denied")]


def test_to_oneself_it_is_free(alice: Person, carol: Person, checklist: str) -> None:
    (made,) = assign(carol, {"checklistId": checklist, "userId": carol.user_id})
    assert made["createdBy"] == made["userId"] == carol.user_id


def test_to_others_it_needs_assign_team(
    alice: Person, bob: Person, carol: Person, checklist: str
) -> None:
    denied = problem(403, "permission_denied", permission="checklist.assign_team")
    team = new_team(alice)
    add(alice, team, bob)
    own = {"checklistId": checklist, "userId": bob.user_id}
    for other in ({"userId": carol.user_id}, {"teamId": team["teamId"]}):
        assert refused(bob, alice, own, {"checklistId": checklist, **other}) == denied


def test_a_team_is_given_work_by_those_who_may_in_it(
    alice: Person, bob: Person, carol: Person, checklist: str
) -> None:
    team = new_team(alice, settings={"defaultPermissions": ["checklist.assign_team"]})
    add(alice, team, bob)
    wanted = {"checklistId": checklist, "teamId": team["teamId"]}
    (made,) = assign(bob, wanted)
    assert items(bob, url(team, "assignments")) == [made]
    denied = problem(403, "permission_denied", permission="checklist.assign_team")
    assert refused(carol, alice, wanted) == denied


def test_a_private_team_is_an_unknown_one(alice: Person, bob: Person, checklist: str) -> None:
    team = new_team(alice, settings={"visibility": "private"})
    body = refused(bob, alice, {"checklistId": checklist, "teamId": team["teamId"]})
    assert errors(body) == [(0, "teamId", "not_found")]


def test_an_idempotency_key_fits_into_the_largest_transaction(
    max_: Person, bob: Person, checklist: str
) -> None:
    body = {"assignments": [{"checklistId": checklist, "userId": bob.user_id}] * 48}
    first = max_.api.post("/api/assignments", body, Idempotency_Key="once")
    again = max_.api.post("/api/assignments", body, Idempotency_Key="once")
    assert (first.status_code, again.json()) == (201, first.json())
    assert len(items(bob, "/api/assignments")) == 48


def test_a_grant_is_as_good_as_a_role(
    org: Any, alice: Person, bob: Person, checklist: str
) -> None:
    gina = hire(org, "gina", role="member", grants=("checklist.assign_team",))
    assert assign(gina, {"checklistId": checklist, "userId": bob.user_id})[0]["note"] == ""


def test_many_checklists_are_asked_for_together(
    max_: Person, bob: Person, store_calls: Any
) -> None:
    team = max_.api.post("/api/teams", {"name": "Crew"}).json()["teamId"]
    max_.api.post(f"/api/teams/{team}/members", {"userId": bob.user_id})
    for number in range(8):
        asked = {"entityType": "checklist", "entityId": f"c-{number}", "teamId": team}
        max_.api.post("/api/documents", {**asked, "content": {"title": "x"}})
    wanted = [{"checklistId": f"c-{number}", "userId": bob.user_id} for number in range(8)]
    store_calls.clear()
    assign(bob, *wanted)
    reads_and_write = ["BatchGetItem", "BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    assert store_calls.dynamodb == reads_and_write  # the sign-in, the checklists, their team
