"""What becomes of an assignment: transitions, corrections, removal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cast import Person
from tests.matching import ANY_TIME, problem
from tests.teams.making import add, assign, at_once, items, new_checklist, new_team, told, url

STATUSES = ["assigned", "in_progress", "completed", "cancelled"]
ALLOWED = {
    ("assigned", "in_progress"),
    ("assigned", "cancelled"),
    ("in_progress", "completed"),
    ("in_progress", "cancelled"),
}
Made = dict[str, Any]


@pytest.fixture
def made(max_: Person, alice: Person, bob: Person) -> Made:
    """An assignment that max gave to bob."""
    wanted = {"checklistId": new_checklist(alice), "userId": bob.user_id}
    return assign(max_, {**wanted, "dueDate": "2026-12-01T12:00:00Z"})[0]


def path(made: Made) -> str:
    return f"/api/assignments/{made['assignmentId']}"


def trail(alice: Person, made: Made) -> list[Any]:
    return alice.trail(entityType="assignment", entityId=made["assignmentId"])


@contextmanager
def leaving(alice: Person, made: Made) -> Iterator[None]:
    """Nothing about the assignment may change meanwhile."""
    audience = ("user", made["userId"]) if made["userId"] else ("team", made["teamId"])
    before = [alice.api.get(path(made)).json(), trail(alice, made), told(alice, *audience)]
    yield
    assert [
        alice.api.get(path(made)).json(),
        trail(alice, made),
        told(alice, *audience),
    ] == before


def brought_to(alice: Person, made: Made, status: str) -> Made:
    steps = {"completed": ["in_progress", "completed"], "assigned": []}.get(status, [status])
    for step in steps:
        made = alice.api.patch(path(made), {"status": step}).json()
    return made


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_transitions(alice: Person, bob: Person, made: Made, before: str, after: str) -> None:
    now = brought_to(alice, made, before)
    if (before, after) in ALLOWED:
        answer = bob.api.patch(path(made), {"status": after})
        assert answer.json() == {**now, "status": after, "updatedAt": ANY_TIME}
        assert items(bob, f"/api/assignments?status={after}") == [answer.json()]
        assert items(bob, f"/api/assignments?status={before}") == []
        return
    with leaving(alice, made):
        answer = bob.api.patch(path(made), {"status": after})
    expected = now if before == after else problem(409, "invalid_transition")
    assert answer.json() == expected


def test_the_audit_entry_and_the_event(alice: Person, bob: Person, made: Made) -> None:
    bob.api.patch(path(made), {"status": "in_progress"})
    entry = trail(alice, made)[0]
    assert (entry["action"], entry["userId"]) == ("ASSIGNMENT_UPDATED", bob.user_id)
    assert entry["oldValues"] == {"status": "assigned"}
    assert entry["newValues"] == {"status": "in_progress"}
    event = told(bob, "user", bob.user_id)[0]
    assert event["eventType"] == "assignment.updated"
    assert event["data"] == {
        "assignmentId": made["assignmentId"],
        "checklistId": made["checklistId"],
        "userId": bob.user_id,
        "teamId": None,
        "status": "in_progress",
    }


def test_what_is_asked_for(max_: Person, bob: Person, made: Made) -> None:
    change = {"dueDate": "2026-11-30T12:00:00.000Z", "priority": "urgent", "note": "Now"}
    answer = max_.api.patch(path(made), change)
    assert answer.json() == {**made, **change, "updatedAt": ANY_TIME}
    assert answer["ETag"] == '"2"'
    query = "/api/assignments?dueBefore=2026-12-01T00:00:00Z"
    assert items(bob, query) == [answer.json()]
    undated = max_.api.patch(path(made), {"dueDate": None}).json()
    assert (undated["dueDate"], items(bob, query)) == (None, [])
    assert items(bob, "/api/assignments") == [undated]


def test_the_assignee_says_how_far_it_is_and_no_more(
    alice: Person, bob: Person, made: Made
) -> None:
    denied = problem(403, "permission_denied", permission="checklist.assign_team")
    with leaving(alice, made):
        for change in ({"note": "Later"}, {"status": "in_progress", "priority": "low"}):
            assert bob.api.patch(path(made), change).json() == denied
        assert bob.api.delete(path(made)).json() == denied


def test_others_see_four_fields_and_change_nothing(
    alice: Person, carol: Person, made: Made
) -> None:
    denied = problem(403, "permission_denied", permission="checklist.assign_team")
    with leaving(alice, made):
        assert carol.api.patch(path(made), {"status": "in_progress"}).json() == denied
        assert carol.api.delete(path(made)).json() == denied
    four = ("assignmentId", "checklistId", "status", "dueDate")
    assert carol.api.get(path(made)).json() == {name: made[name] for name in four}


def test_what_one_gave_to_oneself_is_ones_own(alice: Person, carol: Person) -> None:
    wanted = {"checklistId": new_checklist(alice), "userId": carol.user_id}
    (made,) = assign(carol, wanted)
    assert carol.api.patch(path(made), {"note": "Mine"}).json()["note"] == "Mine"
    assert carol.api.delete(path(made)).status_code == 204


def test_a_teams_members_and_lead(
    alice: Person, bob: Person, carol: Person, mallory: Person
) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    add(alice, team, carol, role="team_lead")
    (made,) = assign(alice, {"checklistId": new_checklist(alice), "teamId": team["teamId"]})
    assert bob.api.get(path(made)).json() == made
    assert bob.api.patch(path(made), {"status": "in_progress"}).status_code == 200
    assert bob.api.patch(path(made), {"note": "x"}).status_code == 403
    assert carol.api.patch(path(made), {"note": "x"}).status_code == 200
    kinds = [event["eventType"] for event in items(bob, url(team, "activity"))][:3]
    assert kinds == ["assignment.updated", "assignment.updated", "assignment.created"]
    alice.api.delete(url(team))
    with leaving(alice, made):
        answer = bob.api.patch(path(made), {"status": "completed"})
        assert answer.json() == problem(409, "team_archived")
        assert alice.api.delete(path(made)).json() == problem(409, "team_archived")


def test_a_private_teams_assignment_is_not_there_for_others(alice: Person, carol: Person) -> None:
    team = new_team(alice, settings={"visibility": "private"})
    (made,) = assign(alice, {"checklistId": new_checklist(alice), "teamId": team["teamId"]})
    for answer in (
        carol.api.get(path(made)),
        carol.api.patch(path(made), {"status": "in_progress"}),
        carol.api.delete(path(made)),
    ):
        assert answer.json() == problem(404, "not_found")


def test_it_is_removed(max_: Person, alice: Person, bob: Person, made: Made) -> None:
    answer = max_.api.delete(path(made))
    assert (answer.status_code, answer.content) == (204, b"")
    assert bob.api.get(path(made)).json() == problem(404, "not_found")
    assert items(bob, "/api/assignments") == []
    entry = trail(alice, made)[0]
    assert entry["action"] == "ASSIGNMENT_DELETED"
    assert entry["oldValues"]["userId"] == bob.user_id
    assert told(bob, "user", bob.user_id)[0]["eventType"] == "assignment.deleted"


def test_if_match(max_: Person, alice: Person, made: Made) -> None:
    with leaving(alice, made):
        answer = max_.api.patch(path(made), {"status": "in_progress"}, If_Match='"2"')
        assert answer.json() == problem(412, "precondition_failed")
        assert max_.api.delete(path(made), If_Match='"2"').status_code == 412
    assert max_.api.delete(path(made), If_Match='"1"').status_code == 204


def test_many_at_once_take_each_step_once(alice: Person, bob: Person, made: Made) -> None:
    answers = at_once(
        *[lambda: bob.api.patch(path(made), {"status": "in_progress"})] * 4,
        *[lambda: alice.api.patch(path(made), {"note": "Together"})] * 4,
    )
    assert {answer.status_code for answer in answers} == {200}
    now = bob.api.get(path(made)).json()
    assert (now["status"], now["note"]) == ("in_progress", "Together")
    assert len(trail(alice, made)) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "done"}, "status"),
        ({"status": None}, "status"),
        ({"dueDate": "2026-13-01"}, "dueDate"),
        ({"priority": 1}, "priority"),
        ({"note": None}, "note"),
    ],
)
def test_what_is_not_valid(max_: Person, alice: Person, made: Made, body: Any, field: str) -> None:
    with leaving(alice, made):
        answer = max_.api.patch(path(made), body)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_another_organisations_assignment_is_an_unknown_one(
    alice: Person, mallory: Person, made: Made
) -> None:
    with leaving(alice, made):
        for one in (path(made), "/api/assignments/no-such"):
            assert mallory.api.get(one).json() == problem(404, "not_found")
            assert mallory.api.patch(one, {"note": "x"}).json() == problem(404, "not_found")
            assert mallory.api.delete(one).json() == problem(404, "not_found")
